#!/usr/bin/env bash
# Three payments and a refund, start to end, against the running stack: a Stripe order with its receipt, a Razorpay order,
# a credit top-up, and what an operator gives back.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
payonce="$BINARIES/payonce"

if [ -t 1 ]; then bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'; else bold='' dim='' plain=''; fi
heading() { printf '\n%s== %s ==%s\n' "$bold" "$*" "$plain"; }
# The words of a command as a person would type them.
typed() {
  local word line=
  for word in "$@"; do
    case "$word" in *" "*) line+=" \"$word\"" ;; *) line+=" $word" ;; esac
  done
  printf '%s$%s%s\n' "$dim" "$line" "$plain"
}
# Shows the command, then runs it.
run() {
  typed payonce "$@"
  "$payonce" "$@"
}
# The id is the first word.
id_of() {
  local id rest
  read -r id rest < <("$payonce" "$@" --quiet)
  printf '%s' "${id:?payonce $* printed no id}"
}

# Of a receipt's JSON what fits a line.
summary() {
  python3 -c 'if True:
    import json, sys
    of = json.load(sys.stdin)
    kept = {name: of[name] for name in ("number", "status", "issued_on", "paid_by")}
    kept |= {name: of[name]["text"] for name in ("total", "tax_included", "net")}
    sys.stdout.reconfigure(encoding="utf-8")
    print(json.dumps(kept, ensure_ascii=False)[:-1] + ", ...}")'
}

if [ "$PAYMENTS_MODE" != sandbox ]; then
  say "PAYMENTS_MODE is $PAYMENTS_MODE: the first payment is yours:  payonce order create"
  exit
fi

heading "1. An order is paid through Stripe, and its buyer gets a receipt"
first="$(id_of order create --provider stripe)"
run event pay --provider stripe --order "$first"
run order show "$first"
run receipt link "$first"
link="$("$payonce" receipt link "$first")"
typed curl -H "accept: application/json" "${link%%\?*}?token=..."
curl -fsS -H 'accept: application/json' "$link" | summary

heading "2. An order is paid through Razorpay"
order="$(id_of order create --provider razorpay)"
run event pay --provider razorpay --order "$order"
run order list --limit 2

heading "3. A customer tops up their credit"
payment="$(id_of topup create --provider stripe)"
run event pay --provider stripe --topup "$payment"
run topup show "$payment"

heading "4. An operator refunds a part of the first order, and the sweeper sends it"
run refund create "$first" --amount 34900 --reason "one pack came back" --actor "Meena" --return monsoon-masala-chai/fiery
typed curl -d "{}" "http://127.0.0.1:$FUNCTIONS_PORT/2015-03-31/functions/sweeper/invocations"
invoke sweeper
run order show "$first"
