#!/usr/bin/env bash
# Every function as it is deployed, under Amazon's Runtime Interface Emulator, is invoked with every one of its samples and
# has to answer as it should. Needs Linux, where Lambda's binaries run.
#   rie.sh FOLDER     FOLDER/FUNCTION/bootstrap, as make build leaves them
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/samples.sh"
here="$ROOT/infra/emulators"
logs="$LOCAL/rie"

if [ "${2:-}" != --with-both ]; then
  [ "$(uname)" = Linux ] || fail "the functions are built for Linux: this needs it"
  exec "$here/with-database.sh" "$here/with-cloud.sh" "$here/rie.sh" "${1:?rie.sh FOLDER}" --with-both
fi

case "$(uname -m)" in
  x86_64) machine=x86_64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) fail "Lambda has no machine such as this one, $(uname -m)" ;;
esac
emulators=("$LOCAL"/sam/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"$machine")
emulator="${emulators[0]}"

emulated=
stop() {
  # Its process group: the emulator and the function.
  if [ -n "$emulated" ]; then
    kill -KILL -- "-$emulated" 2>/dev/null || true
    # So that the shell does not tell of it.
    wait "$emulated" 2>/dev/null || true
    emulated=
  fi
}
trap stop EXIT
trap 'exit 130' INT TERM

# under_emulator FUNCTION BINARY: all its samples, one at a time, as an instance gets them.
under_emulator() {
  local front runtime sample
  read -r front runtime < <(free_ports 2)
  set -m
  AWS_LAMBDA_FUNCTION_NAME="$1" AWS_LAMBDA_FUNCTION_VERSION=1 AWS_LAMBDA_FUNCTION_TIMEOUT=60 \
    "$emulator" --runtime-interface-emulator-address "127.0.0.1:$front" --runtime-api-address "127.0.0.1:$runtime" \
    "$2" </dev/null >"$logs/$1.log" 2>&1 &
  emulated=$!
  set +m
  within 60 port_answers "$front" || fail "the emulator does not listen: see $logs/$1.log"
  while read -r sample; do
    invocation "$1" "$sample" |
      curl -sS -m 60 --data-binary @- "http://127.0.0.1:$front/2015-03-31/functions/function/invocations" |
      holds "$1" "$sample" || fail "see $logs/$1.log"
  done < <(samples "$1")
  stop
}

mkdir -p "$logs"
folder="$(cd "$1" && pwd -P)"
"$BINARIES/payonce" migrate --local >"$logs/migrate.log"
"$BINARIES/payonce" seed --demo >>"$logs/migrate.log"
"$LOCAL/sam/bin/python" "$here/sample-secret.py" "$ROOT/events/rotate-secret/createSecret.json"
while read -r function; do
  binary="$folder/$function/bootstrap"
  [ -x "$binary" ] || fail "$binary is not built: make build"
  under_emulator "$function" "$binary"
done < <(functions)
say "Every function answers its samples under $("$LOCAL/sam/bin/sam" --version)'s Runtime Interface Emulator"
