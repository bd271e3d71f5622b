#!/usr/bin/env bash
# PgBouncer in transaction mode before a local Postgres, each in a DIR of its own.
#   pgbouncer.sh start DIR PORT POSTGRES_PORT POOL_SIZE   returns when it takes connections
#   pgbouncer.sh stop DIR | restart DIR | remove DIR      restart: with the settings of its start
#   pgbouncer.sh check                                    is there a program that runs?
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  sed -n '2,5s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# pgbouncer ARGUMENTS...: the system's, or the one that setup unpacked with its libraries.
pgbouncer() {
  local program unpacked
  if program="$(PATH="$PATH:/usr/sbin:/opt/homebrew/bin" type -P pgbouncer)"; then
    as_server "$program" "$@"
  else
    unpacked="$(cd "$LOCAL/pgbouncer" 2>/dev/null && pwd -P)" || fail "no pgbouncer found: run infra/local/setup.sh"
    as_server env LD_LIBRARY_PATH="$(libraries "$unpacked")" "$unpacked/usr/sbin/pgbouncer" "$@"
  fi
}
libraries() { printf '%s:' "$1"/usr/lib/*-linux-* "$1"/lib/*-linux-*; }

write_settings() {
  local port="$1" postgres_port="$2" pool_size="$3" login
  # Before a word is written: the second file holds passwords.
  umask 077
  cat >"$home/pgbouncer.ini" <<SETTINGS
[databases]
* = host=127.0.0.1 port=$postgres_port

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
logfile = $home/pgbouncer.log
pidfile = $home/pgbouncer.pid
auth_type = scram-sha-256
auth_file = $home/users.txt
admin_users = postgres
pool_mode = transaction
default_pool_size = $pool_size
max_client_conn = 500
# Nobody waits for a connection longer than a provider waits for an answer.
query_wait_timeout = 1
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
SETTINGS
  for login in postgres payonce_request_login payonce_cron_login payonce_migration_login; do
    printf '"%s" "%s"\n' "$login" "$LOCAL_DATABASE_PASSWORD"
  done >"$home/users.txt"
  give_to_server "$home"
}

is_running() { running "$home/pgbouncer.pid" "$home/pgbouncer.ini"; }

launch() {
  local port
  port="$(sed -n 's/^listen_port = //p' "$home/pgbouncer.ini")"
  ! port_answers "$port" || fail "port $port is taken: stop what listens there, or set PGBOUNCER_PORT"
  pgbouncer -q -d "$home/pgbouncer.ini" || fail "PgBouncer did not start: see $home/pgbouncer.log"
  if ! within 10 port_answers "$port" || ! within 2 is_running; then
    tail -n 20 "$home/pgbouncer.log" >&2
    fail "PgBouncer did not start: see $home/pgbouncer.log"
  fi
}

# Newer versions wait for their clients at the first TERM and leave at the second.
ask_to_stop() {
  is_running || return 0
  kill -TERM "$(cat "$home/pgbouncer.pid" 2>/dev/null)" 2>/dev/null || true
  return 1
}
stop() {
  within 5 ask_to_stop || kill -KILL "$(cat "$home/pgbouncer.pid")"
  rm -f "$home/pgbouncer.pid"
}

if [ "$*" = check ]; then
  pgbouncer --version >/dev/null 2>&1 || exit 1
  exit
fi
[ $# -ge 2 ] || usage
action="$1" dir="$2"
shift 2
if [ "$action" = start ]; then
  [ $# -eq 3 ] || usage
  mkdir -p "$dir"
fi
# Nothing there, nothing to stop.
dir="$(cd "$dir" 2>/dev/null && pwd -P)" || exit 0

case "$action" in
  start)
    home="$(server_directory "$dir/pgbouncer")"
    if ! is_running; then
      write_settings "$@"
      launch
    fi
    ;;
  stop | restart | remove)
    home="$(cd "$dir/pgbouncer" 2>/dev/null && pwd -P)" || exit 0
    stop
    case "$action" in
      restart) launch ;;
      remove) remove_server_directory "$dir/pgbouncer" && { rmdir "$dir" 2>/dev/null || true; } ;;
    esac
    ;;
  *) usage ;;
esac
