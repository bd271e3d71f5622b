#!/usr/bin/env bash
# Prints the stack's settings for a shell of your own:  eval "$(make -s env)"
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

for name in APP_ID STAGE LIVEMODE FUNCTIONS_PORT POSTGRES_PORT PGBOUNCER_PORT FUNCTION_URL_BASE \
  DATABASE_URL DATABASE_CRON_URL DATABASE_DIRECT_URL STRIPE_WEBHOOK_SECRET RAZORPAY_WEBHOOK_SECRET PAYMENTS_MODE \
  CHECKOUT_TOKEN_SECRET SERVICE_TOKEN PUBLIC_ORIGIN_ALLOWLIST CHECKOUT_RATE_LIMIT_RPM \
  SELLER_NAME SELLER_ADDRESS SELLER_TAX_ID SELLER_EMAIL; do
  printf 'export %s=%q\n' "$name" "${!name}"
done
# shellcheck disable=SC2016
printf 'case ":$PATH:" in *:%q:*) ;; *) export PATH=%q:"$PATH" ;; esac\n' "$BINARIES" "$BINARIES"
