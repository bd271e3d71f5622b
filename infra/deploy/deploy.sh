#!/usr/bin/env bash
# Deploys a stage: the schema first, then every function, a tenth of the calls for five minutes, then all of them.
#   STAGE=prod [APP_ID=payonce] [PARAMETERS='Name=value ...'] deploy.sh
# The first time it makes the stack and its empty secrets, says which values they need, and does not migrate.
# DIRTY=yes deploys what is not committed, BUILD=no what is built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"

if [ "${DIRTY:-}" != yes ] && [ -n "$(git -C "$ROOT" status --porcelain)" ]; then
  fail "what is here is not committed, so nobody could say what runs: commit it, or DIRTY=yes"
fi
state="$(stack state)"
[ "${BUILD:-yes}" = no ] || "$ROOT/infra/deploy/build.sh"
architecture="$(cat "$ROOT/target/lambda/architecture")"

release=""
if [ "$state" = ready ]; then
  code="$(cat "$built"/*/bootstrap | cksum | cut -d ' ' -f 1)"
  # The second makes a version of every deployment, since other parameters are another release, too: ten digits, and it comes first,
  # as SAM tells versions apart by ten letters.
  release="$(date +%s)-$(git -C "$ROOT" rev-parse --short=12 HEAD)-$code"
  if [ "$(stack rolled-back)" = yes ]; then
    say "After a rollback all calls move at once: nine tenths of a canary's would be those of the release that was taken back"
    given+=("Canary=false")
  fi
fi
parameters=()
while IFS= read -r one; do parameters+=("$one"); done < <(stack parameters \
  ${PARAMETERS:+"$PARAMETERS"} "AppId=$APP_ID Stage=$STAGE Architecture=$architecture Release=$release")

cd "$ROOT/infra"
"$LOCAL/sam/bin/sam" deploy --template-file template.yaml --config-file samconfig.toml --stack-name "$STACK" \
  --parameter-overrides "${parameters[@]}"
stack outputs
if [ -n "$release" ]; then
  stack healthy
  say "Released $release"
else
  say "The stack is there, and nothing runs yet. Secrets without a value:"
  stack missing
  say "Give those you need theirs, in a shell with these settings, then make deploy STAGE=$STAGE again:"
  say "  eval \"\$(make -s settings STAGE=$STAGE)\"; payonce secrets put DATABASE_URL"
fi
