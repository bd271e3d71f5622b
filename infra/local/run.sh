#!/usr/bin/env bash
# The whole stack in the foreground: up, first payments, and down at Ctrl-C.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
here="$ROOT/infra/local"

# Whatever ended it, and however often: a terminal that closes, make and kill may each send a signal of their own.
stop() {
  trap '' INT TERM HUP PIPE
  "$here/down.sh"
}
trap stop EXIT
trap 'exit 0' INT TERM HUP
"$here/up.sh"
"$here/first-payments.sh"
printf '\n'
"$here/urls.sh"
printf '\nRunning. Ctrl-C stops it; the data stays.\n'
if [ -t 1 ]; then on_terminal=yes; else on_terminal=no; fi
# A trap runs at once only while the shell itself waits. Of a terminal that closes only its first process is told: that
# may be make, which then waits for us.
while sleep 1 & wait "$!"; do
  if [ "$on_terminal" = yes ] && ! [ -t 1 ]; then break; fi
done
