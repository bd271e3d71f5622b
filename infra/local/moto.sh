#!/usr/bin/env bash
# AWS Secrets Manager on loopback (moto), for tests, each in a DIR of its own. Its state is in memory.
#   moto.sh install            into .local/moto, after setup.sh; quick when it is there
#   moto.sh start DIR PORT     returns when it answers
#   moto.sh remove DIR
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"
python="$LOCAL/moto/bin/python"

is_running() { running "$home/moto.pid" moto.server; }

# as SERVICE ARGUMENTS...: asks moto, which reads from the signature's scope whom it is to play.
as() {
  local scope="test/20260101/eu-west-1/$1/aws4_request"
  shift
  curl -fsS -m 10 -o /dev/null -H "authorization: AWS4-HMAC-SHA256 Credential=$scope, SignedHeaders=host, Signature=0" "$@"
}

# Its RotateSecret wants a function to invoke. This one does nothing: the tests run the real one, step by step.
make_rotation_function() {
  local base="http://127.0.0.1:$1"
  curl -fsS -m 10 -o /dev/null "$base/moto-api/config" -d '{"lambda":{"use_docker":false}}'
  as iam "$base/" -d 'Action=CreateRole&Version=2010-05-08&RoleName=rotate&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D'
  as lambda "$base/2015-03-31/functions" -H 'content-type: application/json' -d '{"FunctionName":"rotate",
    "Role":"arn:aws:iam::123456789012:role/rotate","Runtime":"provided.al2023","Handler":"bootstrap",
    "Code":{"ZipFile":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}}'
}

start() {
  mkdir -p "$home"
  ! port_answers "$1" || fail "port $1 is taken"
  (
    # A process group of its own: it outlives the test that started it, until remove.
    set -m
    exec "$python" -m moto.server -H 127.0.0.1 -p "$1" </dev/null >"$home/moto.log" 2>&1 &
    say "$!" >"$home/moto.pid"
  )
  if ! within 30 port_answers "$1" || ! is_running || ! make_rotation_function "$1"; then
    tail -n 20 "$home/moto.log" >&2
    fail "moto did not start: see $home/moto.log"
  fi
}

remove() {
  if is_running; then kill -KILL "$(cat "$home/moto.pid")"; fi
  rm -rf "$home"
}

home="${2:-}"
case "${1:-}" in
  install) python_tools moto "$here/requirements-moto.txt" ;;
  start) start "$3" ;;
  remove) remove ;;
  *)
    sed -n '2,5s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
