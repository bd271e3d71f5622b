#!/usr/bin/env bash
# Prints where the laptop stack listens.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

cat <<TEXT
Stripe webhook      $FUNCTION_URL_BASE/stripe-webhook/v1/payments/webhooks/stripe
Razorpay webhook    $FUNCTION_URL_BASE/razorpay-webhook/v1/payments/webhooks/razorpay
Checkout            $FUNCTION_URL_BASE/checkout/v1/checkout
Receipts            $FUNCTION_URL_BASE/receipt/v1/receipts/
Health              $FUNCTION_URL_BASE/{stripe-webhook,razorpay-webhook,checkout,receipt}/v1/health
Database, pooled    $DATABASE_URL
  for scheduled     $DATABASE_CRON_URL
  for migrations    $DATABASE_DIRECT_URL
Log                 $LOCAL/functions.log
TEXT
