# shellcheck shell=bash disable=SC2034
# The laptop stack's one file of defaults. Sourced by every script here; a variable of the environment wins.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
LOCAL="$ROOT/.local"
BINARIES="${CARGO_TARGET_DIR:-$ROOT/target}/debug"

export APP_ID="${APP_ID:-payonce}"
export STAGE="${STAGE:-local}"
export LIVEMODE="${LIVEMODE:-false}"

# Made up, and good for this machine only: the payonce command signs its local events with them.
export STRIPE_WEBHOOK_SECRET="${STRIPE_WEBHOOK_SECRET:-whsec_local_stripe_not_a_secret}"
export RAZORPAY_WEBHOOK_SECRET="${RAZORPAY_WEBHOOK_SECRET:-local_razorpay_not_a_secret}"
export LOCAL_DATABASE_PASSWORD="${LOCAL_DATABASE_PASSWORD:-local_not_a_secret}"

# Whoever sets a provider's keys (of test mode) wants that provider asked. Else nobody is, and every payment succeeds. With
# a key no process takes `sandbox`, so it can only be this file's own, as env.sh prints it.
if [ -n "${STRIPE_SECRET_KEY:-}${RAZORPAY_KEY_ID:-}${RAZORPAY_KEY_SECRET:-}" ]; then
  case "${PAYMENTS_MODE:-}" in "" | sandbox) PAYMENTS_MODE=live ;; esac
fi
export PAYMENTS_MODE="${PAYMENTS_MODE:-sandbox}"

# As made up: what signs links to receipts, and what a merchant's backend shows to sell credits.
export CHECKOUT_TOKEN_SECRET="${CHECKOUT_TOKEN_SECRET:-local_tokens_not_a_secret}"
export SERVICE_TOKEN="${SERVICE_TOKEN:-local_backend_not_a_secret}"
# Where a shop front on this machine usually is.
export PUBLIC_ORIGIN_ALLOWLIST="${PUBLIC_ORIGIN_ALLOWLIST:-http://localhost:3000}"
export CHECKOUT_RATE_LIMIT_RPM="${CHECKOUT_RATE_LIMIT_RPM:-10000}"
# Who sells, on receipts.
export SELLER_NAME="${SELLER_NAME:-Chai & Chapter}"
export SELLER_ADDRESS="${SELLER_ADDRESS:-7 Church Road; Coonoor 643101; Tamil Nadu, India}"
export SELLER_TAX_ID="${SELLER_TAX_ID:-33AAAAA0000A1Z5}"
export SELLER_EMAIL="${SELLER_EMAIL:-hello@chai-and-chapter.example}"

export FUNCTIONS_PORT="${FUNCTIONS_PORT:-9000}"
export POSTGRES_PORT="${POSTGRES_PORT:-9432}"
export PGBOUNCER_PORT="${PGBOUNCER_PORT:-9433}"

# Instances of each function with a URL, each taking one request at a time, as on Lambda.
export FUNCTION_INSTANCES="${FUNCTION_INSTANCES:-4}"
export FUNCTION_URL_BASE="${FUNCTION_URL_BASE:-http://127.0.0.1:$FUNCTIONS_PORT/lambda-url}"
# How often webhook-retry and the sweeper run.
export SCHEDULE_SECONDS="${SCHEDULE_SECONDS:-300}"
export SWEEP_SECONDS="${SWEEP_SECONDS:-900}"

# database_url LOGIN PORT: the local database, as LOGIN.
database_url() {
  printf 'postgres://%s:%s@127.0.0.1:%s/payonce?sslmode=disable' "$1" "$LOCAL_DATABASE_PASSWORD" "$2"
}
own_url="$(database_url payonce_request_login "$PGBOUNCER_PORT")"
# A DATABASE_URL of your own: then the stack starts no database. The stack's own is none, as env.sh prints it.
# Exported, for scripts that scripts start.
if [ -z "${LOCAL_DATABASE:-}" ]; then
  case "${DATABASE_URL:-}" in "" | "$own_url") LOCAL_DATABASE=yes ;; *) LOCAL_DATABASE=no ;; esac
fi
export LOCAL_DATABASE
if [ "$LOCAL_DATABASE" = yes ]; then
  # Set afresh each time, so that a port set between two scripts counts.
  DATABASE_URL="$own_url"
  DATABASE_CRON_URL="$(database_url payonce_cron_login "$PGBOUNCER_PORT")"
  DATABASE_DIRECT_URL="$(database_url payonce_migration_login "$POSTGRES_PORT")"
fi
export DATABASE_URL
export DATABASE_CRON_URL="${DATABASE_CRON_URL:-$DATABASE_URL}"
export DATABASE_DIRECT_URL="${DATABASE_DIRECT_URL:-$DATABASE_URL}"
