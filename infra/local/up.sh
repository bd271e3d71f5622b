#!/usr/bin/env bash
# Starts the laptop stack; returns when it is ready. Run again: what runs stays, the functions are built and started anew.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"

"$here/setup.sh"
if [ "$LOCAL_DATABASE" = yes ]; then
  say "Starting Postgres on port $POSTGRES_PORT and PgBouncer on port $PGBOUNCER_PORT"
  "$here/postgres.sh" start "$LOCAL/database" "$POSTGRES_PORT"
  "$here/pgbouncer.sh" start "$LOCAL/database" "$PGBOUNCER_PORT" "$POSTGRES_PORT" 10
else
  say "DATABASE_URL leads to ${DATABASE_URL##*@}: starting no database (unset DATABASE_URL to have one started)"
fi
if [ -x "$BINARIES/payonce" ]; then say "Building"; else say "Building (the first time takes minutes)"; fi
(cd "$ROOT" && cargo build --quiet --workspace --bins)
say "Bringing the database up to date"
"$BINARIES/payonce" migrate --local
"$BINARIES/payonce" seed --demo
say "Starting the functions on port $FUNCTIONS_PORT"
"$here/functions.sh" start
