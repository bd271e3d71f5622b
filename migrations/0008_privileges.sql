-- Least privilege. The runtime roles own nothing, delete nothing, and update only the columns that may change;
-- the ledger, the audit log and the movements they can only add to. Role names carry the stack's prefix when installed.
grant usage on schema payonce to payonce_request, payonce_cron;
grant select on all tables in schema payonce to payonce_request, payonce_cron;

grant insert on
  payonce.webhook_events, payonce.captures, payonce.refunds, payonce.disputes, payonce.clawback_shortfalls,
  payonce.stock_movements, payonce.promo_redemptions, payonce.customer_totals,
  payonce.credit_ledger, payonce.billing_audit_log, payonce.email_logs
  to payonce_request, payonce_cron;
-- Checkout writes these; crons do not.
grant insert on
  payonce.customers, payonce.orders, payonce.order_items, payonce.payments, payonce.billing_accounts, payonce.credit_accounts
  to payonce_request;

grant update (status, outcome, payment_id, attempts, deliveries, next_attempt_at, lease_until, last_error, settled_at)
  on payonce.webhook_events to payonce_request, payonce_cron;
grant update (status, payment_status, paid_at) on payonce.orders to payonce_request, payonce_cron;
grant update (status, provider_order_id, updated_at) on payonce.payments to payonce_request, payonce_cron;
grant update (refunded_minor, disputed_minor) on payonce.captures to payonce_request, payonce_cron;
grant update (provider_refund_id, state, updated_at) on payonce.refunds to payonce_request, payonce_cron;
grant update (state, amount_minor, due_by, reported_at) on payonce.disputes to payonce_request, payonce_cron;
grant update (stock) on payonce.inventory to payonce_request, payonce_cron;
grant update (usage_count) on payonce.promotions to payonce_request, payonce_cron;
grant update (orders, spent_minor, refunded_minor) on payonce.customer_totals to payonce_request, payonce_cron;
grant update (wallet, last_seq) on payonce.credit_accounts to payonce_request, payonce_cron;
grant update (name) on payonce.customers to payonce_request;
