#!/usr/bin/env bash
# What EventBridge does on AWS: invokes webhook-retry every SCHEDULE_SECONDS and the sweeper every SWEEP_SECONDS. Started
# and ended by functions.sh.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# every SECONDS FUNCTION: a run that fails is on the log; the next one is due all the same.
every() {
  while true; do
    invoke "$2" || true
    sleep "$1"
  done
}

every "$SCHEDULE_SECONDS" webhook-retry &
every "$SWEEP_SECONDS" sweeper &
wait
