#!/usr/bin/env bash
# The real template, deployed by make deploy into an AWS on this machine's loopback, in front of a Postgres and a PgBouncer of its
# own. Then what the stack is for: orders paid through both providers, receipts, secrets that rotate, a freeze, a rollback.
#   e2e.sh     after make build for this machine
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/emulators"

if [ "${1:-}" != --with-both ]; then
  [ "$(uname)" = Linux ] || fail "the functions are built for Linux: this needs it"
  export CLOUD_LOG="$LOCAL/e2e.log"
  exec "$here/with-database.sh" "$here/with-cloud.sh" "$here/e2e.sh" --with-both
fi

export STAGE=e2e LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1
"$LOCAL/sam/bin/python" "$here/e2e.py" "$ROOT" "$BINARIES/payonce" || {
  grep -E ' (WARNING|ERROR) ' "$CLOUD_LOG" | tail -n 20 >&2
  fail "see $CLOUD_LOG"
}
