#!/usr/bin/env bash
# Three payments, start to end, against the running stack: a Stripe order, a Razorpay order, a credit top-up.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
payonce="$BINARIES/payonce"

if [ -t 1 ]; then bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'; else bold='' dim='' plain=''; fi
heading() { printf '\n%s== %s ==%s\n' "$bold" "$*" "$plain"; }
# Shows the command as a person would type it, then runs it.
run() {
  printf '%s$ payonce %s%s\n' "$dim" "$*" "$plain"
  "$payonce" "$@"
}
# The id is the first word.
id_of() {
  local id rest
  read -r id rest < <("$payonce" "$@" --quiet)
  printf '%s' "${id:?payonce $* printed no id}"
}

heading "1. An order is paid through Stripe"
order="$(id_of order create --provider stripe)"
run event pay --provider stripe --order "$order" --send
run order show "$order"

heading "2. An order is paid through Razorpay"
order="$(id_of order create --provider razorpay)"
run event pay --provider razorpay --order "$order" --send
run order show "$order"

heading "3. A customer tops up their credit"
payment="$(id_of topup create --provider stripe)"
run event pay --provider stripe --topup "$payment" --send
run topup show "$payment"
