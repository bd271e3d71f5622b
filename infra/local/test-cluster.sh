#!/usr/bin/env bash
# test-cluster.sh COMMAND...: runs COMMAND beside a Postgres and a PgBouncer of its own, which it always takes down.
# COMMAND finds them by PAYONCE_TEST_ADMIN_URL (direct, superuser), PAYONCE_TEST_SERVER and PAYONCE_TEST_POOL (each
# host:port), the scripts that start further ones in PAYONCE_TEST_SCRIPTS, in PAYONCE_TEST_SERVERS where to put those, and
# in PAYONCE_TEST_SDK the providers' SDKs and the Node that runs them. Tests that need AWS start moto in PAYONCE_TEST_MOTO.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"

"$here/setup.sh"
"$here/sdk.sh"
"$here/moto.sh" install
mkdir -p "$LOCAL/test"
cluster="$(mktemp -d "$LOCAL/test/XXXXXX")"
chmod 755 "$cluster"
# Also the servers of tests that were killed.
remove() {
  local home
  "$here/moto.sh" remove "$cluster/moto"
  for home in "$cluster"/servers/*/ "$cluster"; do
    [ -d "$home" ] || continue
    "$here/pgbouncer.sh" remove "${home%/}"
    "$here/postgres.sh" remove "${home%/}"
  done
  rm -rf "$cluster"
}
trap remove EXIT
trap 'exit 130' INT TERM

read -r server pool < <(free_ports 2)
# Tests want speed, and nothing of theirs has to survive a power cut.
"$here/postgres.sh" start "$cluster" "$server" -c fsync=off -c max_connections=300
"$here/pgbouncer.sh" start "$cluster" "$pool" "$server" 4

export PAYONCE_TEST_ADMIN_URL="postgres://postgres:$LOCAL_DATABASE_PASSWORD@127.0.0.1:$server/postgres?sslmode=disable"
export PAYONCE_TEST_SERVER="127.0.0.1:$server"
export PAYONCE_TEST_POOL="127.0.0.1:$pool"
export PAYONCE_TEST_SCRIPTS="$here"
export PAYONCE_TEST_SERVERS="$cluster/servers"
export PAYONCE_TEST_MOTO="$cluster/moto"
export PAYONCE_TEST_SDK="$LOCAL/sdk"
# No test shall reach the laptop stack's database by mistake.
unset DATABASE_URL DATABASE_CRON_URL DATABASE_DIRECT_URL LOCAL_DATABASE
cd "$ROOT"
"$@"
