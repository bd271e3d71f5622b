#!/usr/bin/env bash
# Postgres clusters, as many side by side as wanted, each in a DIR of its own.
#   postgres.sh start DIR PORT [postgres options...]   creates it when DIR is new; returns when it takes connections
#   postgres.sh restart DIR                            with the port and options of its start; also after a kill
#   postgres.sh stop DIR | kill DIR | remove DIR       kill: at once, with no checkpoint, as a crash would
#   postgres.sh psql PORT [psql arguments...]          in the database payonce, as superuser
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  sed -n '2,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# Prints the folder of the server's programs.
server_programs() {
  local folder on_path
  on_path="$(command -v postgres || true)"
  # Debian keeps each version in a folder of its own; the newest is tried first.
  while IFS= read -r folder; do
    if as_server test -x "$folder/initdb" -a -x "$folder/psql"; then
      say "$folder"
      return
    fi
  done < <(
    [ -z "$on_path" ] || dirname "$(readlink -f "$on_path")"
    printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV
    printf '%s\n' /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin | sort -r
    if cd "$LOCAL/postgres" 2>/dev/null; then find "$(pwd -P)" -type d -path '*/pginstall*/bin' | sort -r; fi
  )
  return 1
}

create() {
  remove_server_directory "$dir/data"
  data="$(server_directory "$dir/data")"
  as_server "$programs/initdb" -D "$data" -U postgres -E UTF8 --locale=C \
    --auth-local=trust --auth-host=scram-sha-256 >"$dir/initdb.log" 2>&1 || fail "initdb failed: see $dir/initdb.log"
  # Local traffic is by TCP alone: the path of a socket file may not be longer than 107 characters.
  printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = ''" >>"$data/postgresql.conf"
  printf "alter role postgres password '%s';\n" "$LOCAL_DATABASE_PASSWORD" |
    as_server "$programs/postgres" --single -D "$data" postgres >>"$dir/initdb.log" 2>&1
}

start() {
  local port="$1" options created=
  shift
  data="$(cd "$dir/data" 2>/dev/null && pwd -P)" || data=
  # The mark is set last: a creation that was interrupted is started over.
  if [ -z "$data" ] || [ ! -e "$dir/created" ]; then
    create
    created=yes
  fi
  if control status >/dev/null 2>&1; then return; fi
  options="$(printf ' %q' -p "$port" "$@")"
  control start -l "$data/server.log" -o "$options" || log_and_fail
  if [ -n "$created" ]; then
    PGPASSWORD="$LOCAL_DATABASE_PASSWORD" "$programs/psql" -qX -h 127.0.0.1 -p "$port" -U postgres -d postgres \
      -v password="$LOCAL_DATABASE_PASSWORD" -f "$ROOT/infra/local/roles.sql"
    touch "$dir/created"
  fi
}

control() { as_server "$programs/pg_ctl" -s -w -t 60 -D "$data" "$@"; }

log_and_fail() {
  tail -n 20 "$data/server.log" >&2
  fail "Postgres did not start: see $data/server.log"
}

[ $# -ge 2 ] || usage
action="$1" dir="$2"
shift 2
programs="$(server_programs)" || fail "no Postgres server found: run infra/local/setup.sh"

if [ "$action" = psql ]; then
  PGPASSWORD="$LOCAL_DATABASE_PASSWORD" exec "$programs/psql" -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$dir" -U postgres \
    -d payonce "$@"
fi
if [ "$action" = start ]; then
  [ $# -ge 1 ] || usage
  mkdir -p "$dir"
fi
# Nothing there, nothing to stop.
dir="$(cd "$dir" 2>/dev/null && pwd -P)" || exit 0
if [ "$action" != start ]; then data="$(cd "$dir/data" 2>/dev/null && pwd -P)" || exit 0; fi

case "$action" in
  start) start "$@" ;;
  stop) ! control status >/dev/null 2>&1 || control stop -m fast ;;
  kill) ! control status >/dev/null 2>&1 || control stop -m immediate ;;
  restart) control restart -m fast -l "$data/server.log" 2>/dev/null || log_and_fail ;;
  remove)
    ! control status >/dev/null 2>&1 || control stop -m immediate
    remove_server_directory "$dir/data"
    rm -f "$dir/created" "$dir/initdb.log"
    rmdir "$dir" 2>/dev/null || true
    ;;
  *) usage ;;
esac
