#!/usr/bin/env bash
# The real function binaries, behind the Lambda API and function URLs of cargo lambda, and their schedule.
#   functions.sh start   with the environment it has; returns when those with a URL answer
#   functions.sh stop
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"
pid_file="$LOCAL/functions.pid"
log="$LOCAL/functions.log"
with_url=(stripe-webhook razorpay-webhook checkout receipt)
without_url=(webhook-retry sweeper migrate)

# One instance, started anew when it dies. cargo lambda would start instances itself, but never replaces a dead one, and
# goes through cargo, which waits for any build that runs.
instance() {
  export AWS_LAMBDA_FUNCTION_NAME="$1" AWS_LAMBDA_FUNCTION_VERSION=1 AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512
  export AWS_LAMBDA_RUNTIME_API="http://127.0.0.1:$FUNCTIONS_PORT/.rt/$1"
  while true; do
    "$BINARIES/$1" || say "$1 ended with $?; starting it again"
    sleep 1
  done
}

# A process group of its own: all of it ends together.
serve() {
  local function
  # It outlives the terminal that it was started from.
  trap '' HUP
  cd "$ROOT"
  "$LOCAL/venv/bin/cargo-lambda" lambda watch --only-lambda-apis \
    --invoke-address 127.0.0.1 --invoke-port "$FUNCTIONS_PORT" &
  within 20 port_answers "$FUNCTIONS_PORT"
  for ((i = 0; i < FUNCTION_INSTANCES; i++)); do
    for function in "${with_url[@]}"; do instance "$function" & done
  done
  for function in "${without_url[@]}"; do instance "$function" & done
  "$here/schedule.sh" &
  wait
}

is_running() { running "$pid_file" "$here/functions.sh serve"; }

healthy() { curl -fsS -m 2 -o /dev/null "$FUNCTION_URL_BASE/$1/v1/health" 2>/dev/null; }

start() {
  local function
  stop
  ! port_answers "$FUNCTIONS_PORT" || fail "port $FUNCTIONS_PORT is taken: stop what listens there, or set FUNCTIONS_PORT"
  (
    # With job control a background job leads a process group.
    set -m
    "$here/functions.sh" serve </dev/null >"$log" 2>&1 &
    say "$!" >"$pid_file"
  )
  for function in "${with_url[@]}"; do
    within 30 healthy "$function" || {
      tail -n 30 "$log" >&2
      stop
      fail "$function does not answer at $FUNCTION_URL_BASE/$function/v1/health: see $log"
    }
  done
}

signal_group() { kill "-$1" -- "-$(cat "$pid_file")" 2>/dev/null || true; }
stop() {
  if is_running; then
    signal_group TERM
    within 5 stopped "$pid_file" "$here/functions.sh serve" || true
    # Whoever of the group is left.
    signal_group KILL
  fi
  rm -f "$pid_file"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  serve) serve ;;
  *)
    sed -n '2,4s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
