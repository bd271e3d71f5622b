# shellcheck shell=bash
# What the scripts of the laptop stack share. Sourced after settings.sh.

say() { printf '%s\n' "$*"; }
fail() {
  printf 'payonce: %s\n' "$*" >&2
  exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# Postgres and PgBouncer refuse to run as root: root runs them as this user.
if id postgres >/dev/null 2>&1; then SERVER_USER=postgres; else SERVER_USER=nobody; fi

# as_server COMMAND...: as the user that runs the servers, from a folder that every user can enter.
as_server() (
  cd /
  if ! is_root; then
    exec "$@"
  elif [ "$(uname)" = Darwin ]; then
    exec sudo -u "$SERVER_USER" -- "$@"
  else
    exec setpriv --reuid "$SERVER_USER" --regid "$(id -g "$SERVER_USER")" --clear-groups -- "$@"
  fi
)

# server_directory PATH: makes PATH the server user's and prints where it is. Where that user cannot get to PATH, as
# in a clone under /root, PATH becomes a link to a folder among the temporary ones.
server_directory() {
  local parent temporary
  if [ ! -d "$1/" ]; then
    parent="$(dirname "$1")"
    mkdir -p "$parent"
    if as_server test -x "$parent"; then
      mkdir -m 700 "$1"
    else
      temporary="${TMPDIR:-/var/tmp}"
      as_server test -x "$temporary" || temporary=/var/tmp
      ln -sfn "$(mktemp -d "$temporary/payonce-XXXXXX")" "$1"
    fi
    give_to_server "$1/"
  fi
  (cd "$1" && pwd -P)
}

# give_to_server PATH...
give_to_server() { ! is_root || chown -R "$SERVER_USER:$(id -g "$SERVER_USER")" "$@"; }

# remove_server_directory PATH: the folder, and the one that it links to.
remove_server_directory() {
  if [ -d "$1/" ]; then rm -rf "$(cd "$1" && pwd -P)"; fi
  rm -rf "$1"
}

# within SECONDS COMMAND...: repeats COMMAND until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# invoke FUNCTION: as EventBridge does on AWS; prints what the function returns.
invoke() {
  local event
  event="$(
    printf '{"version":"0","id":"%s","detail-type":"Scheduled Event","source":"aws.events","account":"000000000000",' \
      "$(python3 -c 'import uuid; print(uuid.uuid4())')"
    printf '"time":"%s","region":"local",' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '"resources":["arn:aws:events:local:000000000000:rule/%s"],"detail":{}}' "$1"
  )"
  curl -fsS -m 60 -w '\n' -H 'content-type: application/json' --data-binary "$event" \
    "http://127.0.0.1:$FUNCTIONS_PORT/2015-03-31/functions/$1/invocations"
}

# python_tools NAME REQUIREMENTS: what that file pins, in a virtual environment of its own, .local/NAME; after setup.sh, quick
# when it is there.
python_tools() {
  local stamp
  # The folder is part of it: a virtual environment does not survive being moved.
  stamp="$(cksum <"$2") $ROOT"
  if [ "$(cat "$LOCAL/$1/stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
  say "Installing $1 into .local/$1"
  python3 -m venv --clear "$LOCAL/$1"
  "$LOCAL/$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"
  say "$stamp" >"$LOCAL/$1/stamp"
}

# free_ports COUNT: ports that nobody listens on, held together while they are drawn so that they differ.
free_ports() {
  python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))
PYTHON
}

# running PID_FILE WORD: is its process alive, and ours? A process id is reused; WORD is in our command line only.
running() {
  local pid command
  pid="$(cat "$1" 2>/dev/null)" && [ -n "$pid" ] || return 1
  if [ -r "/proc/$pid/cmdline" ]; then
    command="$(tr '\0' ' ' <"/proc/$pid/cmdline")"
  else
    command="$(ps -p "$pid" -o command= 2>/dev/null)" || return 1
  fi
  [[ "$command" == *"$2"* ]]
}
stopped() { ! running "$@"; }
