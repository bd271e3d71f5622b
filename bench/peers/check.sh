#!/usr/bin/env bash
# check.sh [ORDERS [PEER...]]: delivers some hundred signed events to each peer, on a Postgres of its own, and compares what
# became of them with what should have. Wants the payonce command built: cargo build -p payonce-cli.
set -euo pipefail
peers="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
source "$peers/../../infra/local/settings.sh"
orders="${1:-200}"
shift || true
[ $# -gt 0 ] || set -- node-typical node-tuned stripe-sync-engine dj-stripe reference
for peer in "$@"; do
  [ ! -x "$peers/$peer/setup" ] || "$peers/$peer/setup"
done
export PAYONCE="${PAYONCE:-$BINARIES/payonce}" ROOT LOCAL_DATABASE_PASSWORD
exec "$ROOT/infra/local/test-cluster.sh" python3 "$peers/check.py" "$orders" "$@"
