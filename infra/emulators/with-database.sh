#!/usr/bin/env bash
# with-database.sh COMMAND...: runs COMMAND beside a Postgres and a PgBouncer of its own, which it always takes down. COMMAND
# finds them by POSTGRES_PORT and PGBOUNCER_PORT; the database is empty.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
local_scripts="$ROOT/infra/local"

"$local_scripts/setup.sh"
# They are asked about by payonce: built as the tests have it.
(cd "$ROOT" && cargo build --workspace --bins)
mkdir -p "$LOCAL/emulated"
home="$(mktemp -d "$LOCAL/emulated/XXXXXX")"
chmod 755 "$home"
remove() {
  "$local_scripts/pgbouncer.sh" remove "$home"
  "$local_scripts/postgres.sh" remove "$home"
  rm -rf "$home"
}
trap remove EXIT
trap 'exit 130' INT TERM

read -r POSTGRES_PORT PGBOUNCER_PORT < <(free_ports 2)
export POSTGRES_PORT PGBOUNCER_PORT
"$local_scripts/postgres.sh" start "$home" "$POSTGRES_PORT" -c fsync=off
"$local_scripts/pgbouncer.sh" start "$home" "$PGBOUNCER_PORT" "$POSTGRES_PORT" 10
# Whose they are is said by the ports alone: settings.sh makes the addresses of them.
unset DATABASE_URL DATABASE_CRON_URL DATABASE_DIRECT_URL LOCAL_DATABASE
cd "$ROOT"
"$@"
