#!/usr/bin/env bash
# The stack by AWS CDK, from the same template. What is built is deployed: make build first.
#   STAGE=... cdk.sh synth|diff|deploy|... [OPTION...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/cdk"

# The machine's Node, or the one from PyPI.
"$ROOT/infra/emulators/setup.sh" sam
"$ROOT/infra/local/sdk.sh"
export PATH="$LOCAL/sdk:$PATH"
npm() {
  local own="$LOCAL/venv/nodejs/lib/node_modules/npm/bin/npm-cli.js"
  if [ -e "$own" ]; then node "$own" "$@"; else command npm "$@"; fi
}

stamp="$(cat "$here"/package*.json | cksum) $ROOT"
if [ "$(cat "$here/node_modules/stamp" 2>/dev/null)" != "$stamp" ]; then
  say "Installing CDK into infra/cdk/node_modules"
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --cache "$LOCAL/downloads/npm")
  rm -rf "$LOCAL/downloads/npm"
  say "$stamp" >"$here/node_modules/stamp"
fi

export BUILT="${BUILT:-$ROOT/target/lambda}" EXPANDED="$LOCAL/cdk-template.json"
"$LOCAL/sam/bin/python" "$ROOT/infra/deploy/expand.py" "$BUILT" >"$EXPANDED"
[ "$STAGE" != local ] || fail "STAGE=... says which stack"
cd "$here"
exec node node_modules/aws-cdk/bin/cdk --app 'node app.mjs' --output "$LOCAL/cdk.out" --no-notices "$@"
