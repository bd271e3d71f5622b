#!/usr/bin/env bash
# The whole stack in the foreground: up, three payments, and down at Ctrl-C.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
here="$ROOT/infra/local"

trap '"$here/down.sh"' EXIT
trap 'exit 0' INT TERM
"$here/up.sh"
"$here/first-payments.sh"
printf '\n'
"$here/urls.sh"
printf '\nRunning. Ctrl-C stops it; the data stays.\n'
# A trap runs at once only while the shell itself waits.
tail -f /dev/null &
trap 'kill "$!"; "$here/down.sh"' EXIT
wait
