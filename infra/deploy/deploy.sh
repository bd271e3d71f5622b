#!/usr/bin/env bash
# Deploys a stage: the schema first, then every function, a tenth of the calls for five minutes, then all of them.
#   STAGE=prod [APP_ID=payonce] [PARAMETERS='Name=value ...'] deploy.sh
# The first time it makes the stack and its empty secrets, says which values they need, and does not migrate.
# PARAMETERS count for this deployment, beside those of samconfig.toml. ARCH=x86_64|arm64 is another machine than the stage's,
# CA=file.pem the certificate of its database's authority. DIRTY=yes deploys what is not committed, BUILD=no what is built, FROZEN=yes
# what stays frozen.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
built="$ROOT/target/lambda"

if [ "${DIRTY:-}" != yes ] && [ -n "$(git -C "$ROOT" status --porcelain)" ]; then
  fail "what is here is not committed, so nobody could say what runs: commit it, or DIRTY=yes"
fi
given=(${PARAMETERS:+"$PARAMETERS"} "AppId=$APP_ID Stage=$STAGE")
state="$(stack state)"
architecture="$(stack architecture "${given[@]}")"
given+=("Architecture=$architecture")

# A stage that is to find the certificate keeps it: a build without would take it away.
ca=""
ca_file="$(stack parameters "${given[@]}" | sed -n 's/^DatabaseCaFile="\(.*\)"$/\1/p')"
if [ -n "$ca_file" ]; then
  if [ -n "${CA:-}" ]; then
    mkdir -p "$(dirname "$kept_ca")"
    cp "$CA" "$kept_ca"
  fi
  [ -f "$kept_ca" ] || fail "$STAGE has a DatabaseCaFile: CA=file.pem says which, once on each machine that deploys"
  ca="$kept_ca"
else
  [ -z "${CA:-}" ] || fail "CA is given, but $STAGE has no DatabaseCaFile=/var/task/database-ca.pem in infra/samconfig.toml"
fi
if [ "${BUILD:-yes}" != no ]; then
  ARCH="$architecture" CA="$ca" "$ROOT/infra/deploy/build.sh"
elif [ "$(cat "$built/architecture")" != "$architecture" ]; then
  fail "$STAGE runs on $architecture, and what is built is for $(cat "$built/architecture"): deploy without BUILD=no, or set ARCH"
elif [ -n "$ca" ] && ! cmp -s "$ca" "$built/migrate/database-ca.pem"; then
  fail "what is built lacks the certificate of $STAGE: deploy without BUILD=no"
fi

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
while IFS= read -r one; do parameters+=("$one"); done < <(stack parameters "${given[@]}" "Release=$release")
[ "${#parameters[@]}" -gt 0 ] || exit 1

cd "$ROOT/infra"
"$LOCAL/sam/bin/sam" deploy --template-file template.yaml --config-file samconfig.toml --stack-name "$STACK" \
  --region "$AWS_REGION" --parameter-overrides "${parameters[@]}"
stack outputs
if [ -z "$release" ]; then
  say "The stack is there, and nothing runs yet. Secrets without a value:"
  stack missing
  say "Give those you need theirs, in a shell with these settings, then make deploy STAGE=$STAGE again:"
  say "  eval \"\$(make -s settings STAGE=$STAGE)\"; payonce secrets put DATABASE_URL"
elif [ "${FROZEN:-}" = yes ]; then
  # Whether CloudFormation has given them back what the template reserves or not.
  stack freeze
  say "Released $release, and frozen: make unfreeze STAGE=$STAGE"
else
  stack healthy
  stack served
  say "Released $release"
fi
