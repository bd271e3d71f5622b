# shellcheck shell=bash
# Which stack a command of infra/deploy is about: STAGE, which has no default here, and APP_ID. Sourced.
stage_given="${STAGE:-}"
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
[ -n "$stage_given" ] && [ "$stage_given" != local ] || fail "STAGE=... says which stack: staging, prod"
STAGE="$stage_given"
STACK="${APP_ID//_/-}-$STAGE"
export STAGE STACK SAM_CLI_TELEMETRY=0

"$ROOT/infra/emulators/setup.sh" sam
# stack COMMAND...: see stack.py.
stack() { "$LOCAL/sam/bin/python" "$ROOT/infra/deploy/stack.py" "$@"; }
