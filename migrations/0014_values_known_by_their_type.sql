-- squawk-ignore-file changing-column-type, ban-alter-domain-with-add-constraint
-- What a column may hold is known by its type: a domain over text, with the rule under the name it had on the table. Postgres
-- reads a check on a table anew at each statement that writes the table, whichever columns it sets; the rule of a domain is read
-- once a session, and held against what is written. For whoever reads or writes the column it is text as before, so the release
-- before is none the wiser; and the rule is added to each domain when its columns have it, so that no table is written anew.
create domain payonce.currency as text;
create domain payonce.provider as text;
create domain payonce.event_status as text;
create domain payonce.promotion_code as text;
create domain payonce.promotion_kind as text;
create domain payonce.promotion_status as text;
create domain payonce.order_id as text collate "C";
create domain payonce.order_status as text;
create domain payonce.order_payment_status as text;
create domain payonce.hold as text;
create domain payonce.movement_reason as text;
create domain payonce.payment_purpose as text;
create domain payonce.payment_status as text;
create domain payonce.verdict as text;
create domain payonce.audit_action as text;
create domain payonce.email_type as text;
create domain payonce.email_status as text;

-- They name columns whose type changes, and come back as they were.
-- squawk-ignore ban-drop-view
drop view payonce.webhook_dead_letter_queue;
drop trigger orders_terms_fixed on payonce.orders;
drop trigger orders_never_unpaid on payonce.orders;
drop trigger payments_terms_fixed on payonce.payments;
drop trigger payments_never_uncaptured on payonce.payments;
drop trigger captures_terms_fixed on payonce.captures;

alter table payonce.webhook_events
  drop constraint webhook_events_provider_known, alter column provider type payonce.provider,
  drop constraint webhook_events_status_known, alter column status type payonce.event_status;
alter table payonce.products
  drop constraint products_currency_shape, alter column currency type payonce.currency;
alter table payonce.promotions
  drop constraint promotions_code_upper_case, alter column code type payonce.promotion_code,
  drop constraint promotions_kind_known, alter column kind type payonce.promotion_kind,
  drop constraint promotions_status_known, alter column status type payonce.promotion_status,
  drop constraint promotions_currency_shape, alter column currency type payonce.currency;
alter table payonce.customer_totals
  drop constraint customer_totals_currency_shape, alter column currency type payonce.currency;
alter table payonce.orders
  drop constraint orders_id_shape, alter column id type payonce.order_id,
  drop constraint orders_status_known, alter column status type payonce.order_status,
  drop constraint orders_payment_status_known, alter column payment_status type payonce.order_payment_status,
  drop constraint orders_hold_known, alter column hold type payonce.hold,
  drop constraint orders_currency_shape, alter column currency type payonce.currency;
alter table payonce.stock_movements
  drop constraint stock_movements_reason_known, alter column reason type payonce.movement_reason;
alter table payonce.payments
  drop constraint payments_purpose_known, alter column purpose type payonce.payment_purpose,
  drop constraint payments_provider_known, alter column provider type payonce.provider,
  drop constraint payments_status_known, alter column status type payonce.payment_status,
  drop constraint payments_currency_shape, alter column currency type payonce.currency;
alter table payonce.captures
  alter column provider type payonce.provider, alter column expected_currency type payonce.currency,
  drop constraint captures_verdict_known, alter column verdict type payonce.verdict,
  drop constraint captures_currency_shape, alter column currency type payonce.currency;
alter table payonce.refunds
  alter column provider type payonce.provider,
  drop constraint refunds_currency_shape, alter column currency type payonce.currency;
alter table payonce.disputes
  alter column provider type payonce.provider,
  drop constraint disputes_currency_shape, alter column currency type payonce.currency;
alter table payonce.mismatch_decisions
  alter column provider type payonce.provider;
alter table payonce.terms_of_sale
  drop constraint terms_of_sale_currency_shape, alter column currency type payonce.currency;
alter table payonce.credit_prices
  drop constraint credit_prices_provider_known, alter column provider type payonce.provider,
  drop constraint credit_prices_currency_shape, alter column currency type payonce.currency;
alter table payonce.billing_audit_log
  drop constraint billing_audit_log_action_shape, alter column action type payonce.audit_action;
alter table payonce.email_logs
  drop constraint email_logs_type_known, alter column email_type type payonce.email_type,
  drop constraint email_logs_status_known, alter column status type payonce.email_status;

alter domain payonce.currency add constraint currency_shape check (value ~ '^[A-Z]{3}$');
alter domain payonce.provider add constraint provider_known check (value in ('stripe', 'razorpay'));
alter domain payonce.event_status add constraint webhook_events_status_known
  check (value in ('processed', 'ignored', 'parked', 'failed', 'dead'));
alter domain payonce.promotion_code add constraint promotions_code_upper_case check (value = upper(value) and value ~ '^[A-Z0-9_-]{2,40}$');
alter domain payonce.promotion_kind add constraint promotions_kind_known check (value in ('percent', 'flat', 'free_shipping'));
alter domain payonce.promotion_status add constraint promotions_status_known check (value in ('active', 'disabled'));
alter domain payonce.order_id add constraint orders_id_shape check (value ~ '^ORD-[0-9A-HJKMNP-TV-Z]{26}$');
alter domain payonce.order_status add constraint orders_status_known
  check (value in ('new', 'confirmed', 'in_production', 'shipped', 'fulfilled', 'cancelled', 'expired'));
alter domain payonce.order_payment_status add constraint orders_payment_status_known
  check (value in ('pending', 'failed', 'paid', 'refund_pending', 'partially_refunded', 'refunded'));
alter domain payonce.hold add constraint orders_hold_known check (value in ('none', 'held', 'used', 'released'));
alter domain payonce.movement_reason add constraint stock_movements_reason_known
  check (value in ('opening', 'restock', 'sale', 'return', 'adjustment'));
alter domain payonce.payment_purpose add constraint payments_purpose_known check (value in ('order', 'topup'));
alter domain payonce.payment_status add constraint payments_status_known
  check (value in ('created', 'requires_action', 'authorized', 'failed', 'expired', 'cancelled', 'paid', 'mismatch', 'duplicate',
    'unfulfillable', 'partially_refunded', 'refunded'));
alter domain payonce.verdict add constraint captures_verdict_known check (value in ('settled', 'mismatch', 'duplicate', 'unfulfillable'));
alter domain payonce.audit_action add constraint billing_audit_log_action_shape check (value ~ '^[a-z_]+(\.[a-z_]+)+$');
alter domain payonce.email_type add constraint email_logs_type_known check (value in ('order_receipt', 'topup_receipt'));
alter domain payonce.email_status add constraint email_logs_status_known check (value in ('queued'));

create trigger orders_terms_fixed before update of total_minor, currency, customer_id, livemode, promo_code
  on payonce.orders for each row
  when ((new.total_minor, new.currency, new.customer_id, new.livemode, new.promo_code)
        is distinct from (old.total_minor, old.currency, old.customer_id, old.livemode, old.promo_code))
  execute function payonce.refuse_transition();
create trigger orders_never_unpaid before update of payment_status on payonce.orders for each row
  when (new.payment_status ~ '^(pending|failed)$' and old.payment_status !~ '^(pending|failed)$')
  execute function payonce.refuse_transition();
create trigger payments_terms_fixed before update of amount_minor, currency, order_id, account_id, credits, livemode, provider
  on payonce.payments for each row
  when ((new.amount_minor, new.currency, new.order_id, new.account_id, new.credits, new.livemode, new.provider)
        is distinct from (old.amount_minor, old.currency, old.order_id, old.account_id, old.credits, old.livemode, old.provider))
  execute function payonce.refuse_transition();
create trigger payments_never_uncaptured before update of status on payonce.payments for each row
  when (new.status ~ '^(created|requires_action|authorized|failed|expired|cancelled)$'
        and old.status !~ '^(created|requires_action|authorized|failed|expired|cancelled)$')
  execute function payonce.refuse_transition();
create trigger captures_terms_fixed before update on payonce.captures for each row
  when ((new.provider, new.provider_payment_id, new.payment_id, new.order_id, new.amount_minor, new.currency, new.captured_at)
        is distinct from (old.provider, old.provider_payment_id, old.payment_id, old.order_id, old.amount_minor, old.currency, old.captured_at)
    or ((new.verdict, new.adjusted_minor) is distinct from (old.verdict, old.adjusted_minor)
        and not (old.verdict = 'mismatch' and new.verdict in ('settled', 'unfulfillable', 'duplicate'))))
  execute function payonce.refuse_transition();

create view payonce.webhook_dead_letter_queue as
  select id, provider, event_key, event_type, payment_id, outcome, last_error, attempts, deliveries, received_at
  from payonce.webhook_events where status = 'dead';
grant select on payonce.webhook_dead_letter_queue to payonce_request, payonce_cron;

-- A changed type takes the planner's statistics with it.
analyze payonce.webhook_events, payonce.orders, payonce.payments, payonce.captures, payonce.stock_movements, payonce.email_logs,
  payonce.billing_audit_log;
