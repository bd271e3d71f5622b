# shellcheck shell=bash
# What the emulators share about events/. Sourced after settings.sh and lib.sh.

functions() { basename -a "$ROOT"/functions/*/; }
# samples FUNCTION
samples() { basename -s .json -a "$ROOT/events/$1"/*.json; }
invocation() { "$ROOT/infra/local/invocation.sh" "$@"; }

# answered_with FUNCTION: the status of its answers to its samples, - for a function that gives a result without one.
answered_with() {
  case "$1" in
    *-webhook) say 200 ;;
    checkout) say 200 201 ;;
    # They carry no token.
    receipt) say 404 ;;
    *) say - ;;
  esac
}

# holds FUNCTION SAMPLE: what it returned, on standard input, is what the sample is answered with.
holds() {
  local told expected
  read -ra expected <<<"$(answered_with "$1")"
  if told="$("$ROOT/infra/local/answer.py" "${expected[@]}" 2>&1)"; then
    say "ok    $1 $2"
  else
    say "$told" >&2
    fail "$1 $2"
  fi
}
