#!/usr/bin/env bash
# install_node.sh NAME: installs the packages of bench/peers/NAME into .local/bench/NAME and bundles its index.mjs there, as
# one does for Lambda. Quick when nothing has changed.
set -euo pipefail
peers="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
source "$peers/../../infra/local/settings.sh"
source "$ROOT/infra/local/lib.sh"
name="$1"
installed="$LOCAL/bench/$name"

npm() {
  local own="$LOCAL/venv/nodejs/lib/node_modules/npm/bin/npm-cli.js"
  if [ -e "$own" ]; then "$LOCAL/sdk/node" "$own" "$@"; else command npm "$@"; fi
}

# Node itself is the one that runs the providers' SDKs in our tests.
"$ROOT/infra/local/setup.sh"
"$ROOT/infra/local/sdk.sh"
stamp="$(cat "$peers"/*.mjs "$peers"/install_node.sh "$peers/$name"/*.mjs "$peers/$name"/package*.json | cksum) $ROOT"
if [ "$(cat "$installed/stamp" 2>/dev/null)" != "$stamp" ]; then
  say "Installing the peer $name into .local/bench/$name"
  mkdir -p "$installed"
  cp "$peers/$name"/package*.json "$installed"
  # None of them has anything to run at installation. A cache of our own: nothing is left in the home.
  (cd "$installed" &&
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --cache "$LOCAL/downloads/npm")
  rm -rf "$LOCAL/downloads"
  NODE_PATH="$installed/node_modules" "$LOCAL/sdk/node" "$installed/node_modules/esbuild/bin/esbuild" \
    "$peers/$name/index.mjs" --bundle --minify --platform=node --target=node20 --format=cjs --external:pg-native \
    --log-level=warning --outfile="$installed/main.cjs"
  say "$stamp" >"$installed/stamp"
fi
