#!/usr/bin/env bash
# Prints the invocation that Lambda would make of a sample in events/, as `sam local invoke` takes it too: a webhook is
# signed now, with the stack's secret; a checkout has an idempotency key that nobody used before.
#   invocation.sh FUNCTION [SAMPLE]     SAMPLE names a file in events/FUNCTION; it may be left out where there is only one
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# listed PATH...: the names, without their ending, in one line.
listed() { basename -s .json -a "$@" | tr '\n' ' '; }

function="${1:-}" sample="${2:-}"
folder="$ROOT/events/$function"
if [ -z "$function" ] || ! [ -d "$folder" ]; then fail "FN= is one of: $(listed "$ROOT"/events/*/)"; fi
samples=("$folder"/*.json)
if [ -z "$sample" ] && [ "${#samples[@]}" -eq 1 ]; then sample="${samples[0]}"; fi
file="$folder/$(basename -s .json "$sample").json"
[ -f "$file" ] || fail "EVENT= is one of: $(listed "${samples[@]}")"

case "$function" in
  *-webhook) "$BINARIES/payonce" event send --provider "${function%-webhook}" --as-invocation "$file" ;;
  checkout)
    python3 - "$file" <<'PYTHON'
import json, sys, uuid
with open(sys.argv[1], encoding="utf-8") as sample:
    invocation = json.load(sample)
if "idempotency-key" in invocation["headers"]:
    invocation["headers"]["idempotency-key"] = f"sample-{uuid.uuid4()}"
print(json.dumps(invocation))
PYTHON
    ;;
  *) cat "$file" ;;
esac
