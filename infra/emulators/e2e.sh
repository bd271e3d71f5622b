#!/usr/bin/env bash
# The real template, deployed by the real sam deploy into an AWS on this machine's loopback, in front of a Postgres and a
# PgBouncer of its own. Then what the stack is for: orders paid through both providers, a receipt, a secret that rotates.
#   e2e.sh     after make build for this machine
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/emulators"
work="$LOCAL/e2e"

if [ "${1:-}" != --with-database ]; then
  [ "$(uname)" = Linux ] || fail "the functions are built for Linux: this needs it"
  "$here/setup.sh" sam cloud
  exec "$here/with-database.sh" "$here/e2e.sh" --with-database
fi

cloud=
stop() {
  # Its process group: the emulator and the functions that it started.
  if [ -n "$cloud" ]; then
    kill -KILL -- "-$cloud" 2>/dev/null || true
    wait "$cloud" 2>/dev/null || true
  fi
}
trap stop EXIT
trap 'exit 130' INT TERM

rm -rf "$work"
mkdir -p "$work/tmp"
port="$(free_ports 1)"
set -m
# An environment of its own: the functions inherit it.
env -i PATH="$PATH" HOME="$work" TMPDIR="$work/tmp" BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" MINISTACK_HOST=127.0.0.1 \
  AWS_ENDPOINT_URL="http://127.0.0.1:$port" IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
  "$LOCAL/cloud/bin/python" "$here/cloud.py" </dev/null >"$work/cloud.log" 2>&1 &
cloud=$!
set +m
within 120 port_answers "$port" || fail "the emulator does not listen: see $work/cloud.log"

# STAGE is its own; the made-up secrets of the laptop stack serve here as well.
env -i PATH="$PATH" HOME="$work" LC_ALL=C.UTF-8 SAM_CLI_TELEMETRY=0 PYTHONUNBUFFERED=1 \
  AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=000000000000 \
  AWS_SECRET_ACCESS_KEY=of-no-account APP_ID="$APP_ID" STAGE=e2e POSTGRES_PORT="$POSTGRES_PORT" \
  DATABASE_URL="$DATABASE_URL" DATABASE_CRON_URL="$DATABASE_CRON_URL" DATABASE_DIRECT_URL="$DATABASE_DIRECT_URL" \
  STRIPE_WEBHOOK_SECRET="$STRIPE_WEBHOOK_SECRET" RAZORPAY_WEBHOOK_SECRET="$RAZORPAY_WEBHOOK_SECRET" \
  "$LOCAL/sam/bin/python" "$here/e2e.py" "$ROOT" "$BINARIES/payonce" || {
  grep -E ' (WARNING|ERROR) ' "$work/cloud.log" | tail -n 20 >&2
  fail "see $work/cloud.log"
}
