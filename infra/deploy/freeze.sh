#!/usr/bin/env bash
# Takes no call any more, as before a restore, and takes them again. Providers bring what they could not deliver for three days
# (Stripe) or one (Razorpay).
#   STAGE=prod freeze.sh freeze|unfreeze
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
case "${1:-}" in
  freeze) stack freeze ;;
  unfreeze)
    stack unfreeze
    stack healthy
    stack served
    ;;
  *) fail "freeze or unfreeze" ;;
esac
