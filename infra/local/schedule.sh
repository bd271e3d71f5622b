#!/usr/bin/env bash
# What EventBridge does on AWS: invokes webhook-retry every SCHEDULE_SECONDS. Started and ended by functions.sh.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

event() {
  printf '{"version":"0","id":"%s","detail-type":"Scheduled Event","source":"aws.events","account":"000000000000",' \
    "$(python3 -c 'import uuid; print(uuid.uuid4())')"
  printf '"time":"%s","region":"local",' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  printf '"resources":["arn:aws:events:local:000000000000:rule/webhook-retry"],"detail":{}}'
}

while true; do
  # A run that fails is on the log; the next one is due all the same.
  event | curl -fsS -m 60 -w '\n' -H 'content-type: application/json' --data-binary @- \
    "http://127.0.0.1:$FUNCTIONS_PORT/2015-03-31/functions/webhook-retry/invocations" || true
  sleep "$SCHEDULE_SECONDS"
done
