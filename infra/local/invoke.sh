#!/usr/bin/env bash
# Invokes a function of the running laptop stack with a sample of events/, and prints what it returns.
#   invoke.sh FUNCTION [SAMPLE]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ "${1:-}" != rotate-secret ] || fail "rotate-secret wants a Secrets Manager, and there is none here: make rie has one"
invocation="$("$ROOT/infra/local/invocation.sh" "$@")"
port_answers "$FUNCTIONS_PORT" || fail "nothing listens on port $FUNCTIONS_PORT: make up"
curl -sS -m 60 -H 'content-type: application/json' --data-binary "$invocation" \
  "http://127.0.0.1:$FUNCTIONS_PORT/2015-03-31/functions/$1/invocations" | "$ROOT/infra/local/answer.py"
