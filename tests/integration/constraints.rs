//! Every named constraint, unique index and trigger refuses what it is there to refuse.
use std::collections::BTreeSet;

use payonce_tests::{House, in_a_house};

use crate::schema::{NEVER_CHANGED, furnish, names, tried};

/// A check, and the change of some row that it refuses.
const CHECKS: [(&str, &str); 81] = [
    ("currency_shape", "currency = 'inr'"),
    ("provider_known", "provider = 'paypal'"),
    ("identity_only_row_true", "only_row = false"),
    ("identity_production_is_never_local", "stage = 'prod'"),
    ("releases_named_by_digest", "schema_name = 'public'"),
    ("webhook_events_status_known", "status = 'received' where status = 'processed'"),
    ("webhook_events_settled_has_time", "settled_at = null where status = 'processed'"),
    ("webhook_events_failed_will_be_retried", "next_attempt_at = null where status = 'failed'"),
    ("webhook_events_failed_will_be_retried", "next_attempt_at = now() where status = 'processed'"),
    ("webhook_events_lease_only_while_failed", "lease_until = now() where status = 'processed'"),
    ("webhook_events_counts", "attempts = -1"),
    ("webhook_events_counts", "deliveries = -1"),
    ("products_slug_shape", "slug = 'Atlas of Tea'"),
    ("products_price_not_negative", "price_minor = -1"),
    ("products_status_known", "status = 'gone'"),
    ("promotions_code_upper_case", "code = 'tea'"),
    ("promotions_kind_known", "kind = 'half'"),
    ("promotions_percent_in_range", "kind = 'percent', value = 0"),
    ("promotions_percent_in_range", "kind = 'percent', value = 101"),
    ("promotions_value_not_negative", "value = -1"),
    ("promotions_window", "starts_at = now(), ends_at = now()"),
    ("promotions_limits_positive", "usage_limit = 0"),
    ("promotions_limits_positive", "per_customer_limit = 0"),
    ("promotions_usage_not_negative", "usage_count = -1"),
    ("promotions_status_known", "status = 'soon'"),
    ("promotions_flat_has_currency", "kind = 'flat', currency = null"),
    ("customers_email_shape", "email = 'Asha@example.com'"),
    ("customers_email_shape", "email = 'nobody'"),
    ("customer_totals_not_negative", "orders = -1"),
    ("customer_totals_not_negative", "spent_minor = -1"),
    ("customer_totals_refunded_in_spent", "refunded_minor = spent_minor + 1"),
    ("customer_totals_refunded_in_spent", "refunded_minor = -1"),
    ("orders_id_shape", "id = 'ORD-1'"),
    ("orders_status_known", "status = 'lost' where paid_at is null"),
    ("orders_payment_status_known", "payment_status = 'cash' where paid_at is null"),
    ("orders_parts_not_negative", "shipping_minor = -1"),
    ("orders_parts_not_negative", "tax_minor = -1"),
    ("orders_discount_in_subtotal", "discount_minor = subtotal_minor + 1 where promo_code is not null"),
    ("orders_discount_in_subtotal", "discount_minor = -1 where promo_code is not null"),
    ("orders_total_adds_up", "total_minor = total_minor + 1"),
    ("orders_discount_has_promotion", "promo_code = null where discount_minor > 0"),
    ("orders_paid_has_time", "payment_status = 'paid' where paid_at is null"),
    ("orders_unpaid_has_no_time", "payment_status = 'pending' where paid_at is not null"),
    ("orders_unpaid_has_no_time", "payment_status = 'refund_pending' where paid_at is not null"),
    ("orders_confirmed_is_paid", "status = 'shipped' where paid_at is null"),
    ("order_items_qty_positive", "qty = 0, line_total_minor = 0"),
    ("order_items_price_not_negative", "unit_price_minor = -1, line_total_minor = -qty"),
    ("order_items_line_adds_up", "line_total_minor = line_total_minor + 1"),
    ("stock_movements_reason_known", "reason = 'theft' where reason = 'opening'"),
    ("stock_movements_moves", "delta = 0 where reason = 'opening'"),
    ("stock_movements_sale_has_item", "line = null where reason = 'sale'"),
    ("stock_movements_sale_takes", "delta = 1 where reason = 'sale'"),
    ("stock_movements_return_gives", "reason = 'return' where reason = 'sale'"),
    ("promo_redemptions_discount_not_negative", "discount_minor = -1"),
    ("billing_accounts_external_key_shape", "external_key = 'v3:tenant:x'"),
    ("billing_accounts_email_shape", "email = 'Books@example.com'"),
    ("billing_accounts_status_known", "status = 'closed'"),
    ("credit_accounts_never_negative", "wallet = -1"),
    ("credit_accounts_seq_not_negative", "last_seq = -1"),
    ("credit_ledger_entry_known", "entry_type = 'gift'"),
    ("credit_ledger_seq_positive", "seq = 0 where seq = 1"),
    ("credit_ledger_never_negative", "wallet_after = -1"),
    ("credit_ledger_sign", "wallet_delta = -1 where entry_type = 'topup'"),
    ("credit_ledger_sign", "wallet_delta = 1 where entry_type = 'clawback'"),
    ("credit_ledger_adjustment_has_reason", "reason = 'ok' where entry_type = 'adjustment'"),
    ("payments_purpose_known", "purpose = 'gift', order_id = null where order_id is not null"),
    ("payments_order_has_order", "order_id = null where order_id is not null"),
    ("payments_topup_has_account", "credits = null where credits is not null"),
    ("payments_credits_positive", "credits = 0 where credits is not null"),
    ("payments_amount_not_negative", "amount_minor = -1"),
    ("payments_topup_costs", "amount_minor = 0 where credits is not null"),
    ("payments_status_known", "status = 'settled'"),
    ("captures_verdict_known", "verdict = 'fine'"),
    ("captures_settled_as_expected", "amount_minor = amount_minor + 1 where verdict = 'settled'"),
    ("captures_settled_as_expected", "currency = 'USD' where verdict = 'settled'"),
    ("captures_amount_not_negative", "amount_minor = -1"),
    ("captures_refunded_in_amount", "refunded_minor = amount_minor + 1"),
    ("captures_disputed_in_amount", "disputed_minor = amount_minor + 1"),
    ("refunds_reason_known", "reason = 'whim'"),
    ("refunds_state_known", "state = 'sent' where provider_refund_id is not null"),
    ("refunds_amount_positive", "amount_minor = 0"),
];
const MORE_CHECKS: [(&str, &str); 15] = [
    ("backups_say_where", "location = 's3'"),
    ("backups_say_who", "actor = 'm'"),
    ("backups_taken_before_recorded", "taken_at = recorded_at + interval '1 second'"),
    ("refunds_known_to_provider", "state = 'pending' where provider_refund_id is null"),
    ("disputes_state_known", "state = 'argued'"),
    ("disputes_amount_not_negative", "amount_minor = -1"),
    ("clawback_shortfalls_moves", "credits = 0"),
    ("billing_audit_log_action_shape", "action = 'Paid'"),
    ("email_logs_type_known", "email_type = 'spam'"),
    ("receipt_series_known", "name = 'draft' where name = 'live'"),
    ("receipt_series_not_negative", "last_number = -1"),
    ("receipts_number_positive", "number = 0 where number = 1"),
    ("receipts_about_known", "about_type = 'gift'"),
    ("receipts_order_has_order", "order_id = null where about_type = 'order'"),
    ("receipts_topup_has_payment", "payment_id = null where about_type = 'topup'"),
];

/// Of checkouts, refunds by operators and mismatches.
const CHECKS_OF_CHECKOUT: [(&str, &str); 31] = [
    ("terms_of_sale_shipping_not_negative", "shipping_minor = -1"),
    ("terms_of_sale_shipping_not_negative", "shipping_free_from_minor = -1"),
    ("terms_of_sale_tax_in_range", "tax_basis_points = -1"),
    ("terms_of_sale_tax_in_range", "tax_basis_points = 10001"),
    ("credit_prices_unit_positive", "unit_minor = 0"),
    ("credit_prices_range", "least_credits = 0"),
    ("credit_prices_range", "least_credits = most_credits + 1"),
    ("orders_hold_known", "hold = 'kept'"),
    ("orders_tax_included_in_total", "tax_included_minor = total_minor + 1"),
    ("orders_tax_included_in_total", "tax_included_minor = -1"),
    ("inventory_held_on_the_shelf", "held = -1"),
    ("inventory_held_on_the_shelf", "held = stock + 1"),
    ("inventory_held_on_the_shelf", "stock = held - 1 where held > 0"),
    ("promotions_held_not_negative", "held_count = -1"),
    ("payments_faulted_not_negative", "faulted = -1"),
    ("idempotency_keys_scope_known", "scope = 'refund'"),
    ("idempotency_keys_are_digests", "key_sha256 = 'short'"),
    ("idempotency_keys_are_digests", "request_sha256 = 'short'"),
    ("rate_limits_counts", "calls = 0"),
    ("refunds_operator_says_why", "note = 'no' where reason = 'operator'"),
    ("refunds_operator_says_why", "note = null where reason = 'mismatch'"),
    ("refunds_attempts_not_negative", "attempts = -1"),
    ("refunds_attempts_not_negative", "faulted = -1"),
    ("captures_settled_as_expected", "adjusted_minor = adjusted_minor + 1 where verdict = 'settled'"),
    ("captures_adjusted_only_when_settled", "adjusted_minor = 1 where verdict = 'mismatch'"),
    ("mismatch_decisions_known", "decision = 'forgotten'"),
    ("mismatch_decisions_say_why", "reason = 'no'"),
    ("mismatch_decisions_say_why", "actor = 'm'"),
    ("mismatch_decisions_by_two", "second_person = null where decision = 'accepted'"),
    ("mismatch_decisions_by_two", "second_person = 'r' where decision = 'accepted'"),
    ("mismatch_decisions_by_two", "second_person = upper(actor) where decision = 'accepted'"),
];

/// A unique index or a foreign key, and what it refuses, from the rows that are there.
const OTHERS: [(&str, &str); 40] = [
    // Said twice since there are holds: by itself it is heard only without the other.
    ("inventory_stock_not_negative", "alter table payonce.inventory drop constraint inventory_held_on_the_shelf; update payonce.inventory set stock = -1"),
    ("idempotency_keys_payment", "set constraints all immediate; insert into payonce.idempotency_keys (scope, key_sha256, request_sha256, payment_id, locked_until, created_at)
        select scope, request_sha256, key_sha256, gen_random_uuid(), locked_until, created_at from payonce.idempotency_keys limit 1"),
    ("mismatch_decisions_capture", "insert into payonce.mismatch_decisions (provider, provider_payment_id, decision, difference_minor, actor, reason, created_at)
        values ('stripe', 'nothing', 'refunded', 1, 'meera', 'because', now())"),
    ("email_logs_status_known", "update payonce.email_logs set status = 'lost'"),
    ("customers_email_once", "insert into payonce.customers (id, email) select gen_random_uuid(), email from payonce.customers"),
    ("order_items_product_once", "insert into payonce.order_items (order_id, line, product_slug, qty, unit_price_minor, line_total_minor)
        select order_id, 99, product_slug, 1, 1, 1 from payonce.order_items"),
    ("stock_movements_sold_once", "insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor)
        select product_slug, variant, delta, reason, order_id, line, actor from payonce.stock_movements where reason = 'sale'"),
    ("billing_accounts_external_key_once", "insert into payonce.billing_accounts (id, external_key, display_name)
        select gen_random_uuid(), external_key, '' from payonce.billing_accounts"),
    ("credit_ledger_topped_up_once", "insert into payonce.credit_ledger (account_id, seq, entry_type, wallet_delta, wallet_after, source_type, source_id, actor)
        select account_id, 99, entry_type, 1, 1, source_type, source_id, actor from payonce.credit_ledger where entry_type = 'topup'"),
    ("captures_settled_once", "insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency, expected_minor, expected_currency, verdict, captured_at)
        select provider, 'again', payment_id, order_id, amount_minor, currency, expected_minor, expected_currency, verdict, now() from payonce.captures
        where verdict = 'settled' and order_id is not null"),
    ("captures_settled_once", "insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency, expected_minor, expected_currency, verdict, captured_at)
        select provider, 'again', payment_id, order_id, amount_minor, currency, expected_minor, expected_currency, verdict, now() from payonce.captures
        where verdict = 'settled' and order_id is null"),
    ("refunds_provider_refund", "insert into payonce.refunds (id, provider, provider_payment_id, provider_refund_id, amount_minor, currency, reason, state)
        select gen_random_uuid(), provider, 'other', provider_refund_id, 1, currency, 'provider', 'pending' from payonce.refunds where state = 'succeeded'"),
    ("refunds_one_request", "insert into payonce.refunds (id, provider, provider_payment_id, amount_minor, currency, reason, state)
        select gen_random_uuid(), provider, provider_payment_id, 1, currency, 'duplicate', 'requested' from payonce.refunds where reason = 'duplicate'"),
    ("email_logs_once", "insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id)
        select gen_random_uuid(), idempotency_key, email_type, recipient, ref_type, ref_id from payonce.email_logs"),
    ("inventory_product", "insert into payonce.inventory (product_slug) values ('nothing')"),
    ("customer_totals_customer", "update payonce.customer_totals set customer_id = gen_random_uuid()"),
    ("orders_customer", "update payonce.orders set customer_id = gen_random_uuid()"),
    ("orders_promotion", "update payonce.orders set promo_code = 'NOTHING'"),
    ("order_items_order", "insert into payonce.order_items (order_id, line, product_slug, qty, unit_price_minor, line_total_minor)
        values ('nothing', 1, 'atlas', 1, 1, 1)"),
    ("order_items_stocked", "update payonce.order_items set product_slug = 'nothing' where line = 1"),
    ("stock_movements_stocked", "insert into payonce.stock_movements (product_slug, variant, delta, reason, actor) values ('nothing', '', 1, 'opening', '')"),
    ("stock_movements_item", "insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor) values ('atlas', '', -1, 'sale', 'nothing', 1, '')"),
    ("promo_redemptions_order", "update payonce.promo_redemptions set order_id = 'nothing' where code = 'TEA'"),
    ("promo_redemptions_promotion", "update payonce.promo_redemptions set code = 'NOTHING'"),
    ("promo_redemptions_customer", "update payonce.promo_redemptions set customer_id = gen_random_uuid()"),
    ("credit_accounts_account", "insert into payonce.credit_accounts (account_id) values (gen_random_uuid())"),
    ("credit_ledger_account", "insert into payonce.credit_ledger (account_id, seq, entry_type, wallet_delta, wallet_after, source_type, source_id, actor)
        values (gen_random_uuid(), 1, 'topup', 1, 1, 'payment', 'x', '')"),
    ("payments_order", "update payonce.payments set order_id = 'nothing' where order_id is not null"),
    ("payments_account", "update payonce.payments set account_id = gen_random_uuid() where account_id is not null"),
    ("captures_payment", "update payonce.captures set expected_minor = expected_minor + 1 where verdict = 'duplicate'"),
    ("captures_payment", "update payonce.captures set expected_currency = 'USD' where verdict = 'duplicate'"),
    ("captures_order", "update payonce.captures set order_id = 'nothing' where verdict = 'duplicate'"),
    ("clawback_shortfalls_payment", "insert into payonce.clawback_shortfalls (payment_id, account_id, credits) select gen_random_uuid(), account_id, 1 from payonce.credit_accounts"),
    ("clawback_shortfalls_account", "insert into payonce.clawback_shortfalls (payment_id, account_id, credits) select id, gen_random_uuid(), 1 from payonce.payments"),
    ("credit_accounts_account", "delete from payonce.billing_accounts"),
    ("receipts_order_once", "insert into payonce.receipts (series, number, about_type, order_id, issued_at)
        select series, 99, about_type, order_id, issued_at from payonce.receipts where about_type = 'order'"),
    ("receipts_payment_once", "insert into payonce.receipts (series, number, about_type, payment_id, issued_at)
        select series, 99, about_type, payment_id, issued_at from payonce.receipts where about_type = 'topup'"),
    ("receipts_series", "insert into payonce.receipts (series, number, about_type, order_id, issued_at)
        select 'other', 1, 'order', id, now() from payonce.orders where paid_at is null limit 1"),
    ("receipts_order", "insert into payonce.receipts (series, number, about_type, order_id, issued_at) values ('live', 1, 'order', 'nothing', now())"),
    ("receipts_payment", "insert into payonce.receipts (series, number, about_type, payment_id, issued_at) values ('live', 1, 'topup', gen_random_uuid(), now())"),
];

/// A trigger, its table, and each change that it refuses.
const TRIGGERS: [(&str, &str, &[&str]); 18] = [
    ("backups_append_only", "backups", &["location = 'elsewhere'"]),
    ("mismatch_decisions_append_only", "mismatch_decisions", &["reason = 'another'"]),
    (
        "orders_paid_at_write_once",
        "orders",
        &["paid_at = paid_at + interval '1 second' where paid_at is not null"],
    ),
    (
        "orders_never_unpaid",
        "orders",
        &[
            "payment_status = 'failed' where payment_status = 'partially_refunded'",
            "payment_status = 'pending' where payment_status = 'refund_pending'",
        ],
    ),
    (
        "orders_terms_fixed",
        "orders",
        &[
            "total_minor = 1",
            "currency = 'USD'",
            "customer_id = gen_random_uuid()",
            "livemode = true",
            "promo_code = 'IDLE'",
        ],
    ),
    (
        "payments_never_uncaptured",
        "payments",
        &[
            "status = 'failed' where status = 'partially_refunded'",
            "status = 'created' where status = 'duplicate'",
            "status = 'expired' where status = 'unfulfillable'",
        ],
    ),
    (
        "payments_terms_fixed",
        "payments",
        &[
            "amount_minor = 1",
            "currency = 'USD'",
            "order_id = 'x'",
            "account_id = gen_random_uuid()",
            "credits = 7",
            "livemode = true",
            "provider = 'razorpay' where provider = 'stripe'",
        ],
    ),
    (
        "captures_terms_fixed",
        "captures",
        &[
            "provider = 'razorpay' where provider = 'stripe'",
            "provider_payment_id = 'x'",
            "payment_id = gen_random_uuid()",
            "order_id = 'x'",
            "amount_minor = 1",
            "currency = 'USD'",
            "captured_at = now()",
            "verdict = 'mismatch'",
            "verdict = 'unfulfillable' where verdict = 'duplicate'",
            "adjusted_minor = adjusted_minor + 1 where verdict = 'settled'",
            "verdict = 'mismatch', adjusted_minor = 0 where adjusted_minor <> 0",
        ],
    ),
    ("refunds_end_is_final", "refunds", &["state = 'succeeded' where state = 'failed'"]),
    ("credit_ledger_append_only", "credit_ledger", &["wallet_delta = 1"]),
    ("billing_audit_log_append_only", "billing_audit_log", &["actor = 'me'"]),
    ("stock_movements_append_only", "stock_movements", &["delta = 1"]),
    ("clawback_shortfalls_append_only", "clawback_shortfalls", &["credits = 1"]),
    ("credit_ledger_append_only", "credit_ledger", &["reason = 'because'"]),
    ("stock_movements_append_only", "stock_movements", &["actor = 'me'"]),
    ("billing_audit_log_append_only", "billing_audit_log", &["detail = '{}'"]),
    ("receipts_append_only", "receipts", &["issued_at = now()", "number = 99 where number = 1"]),
    (
        "receipt_series_counts_by_one",
        "receipt_series",
        &[
            "last_number = last_number + 2",
            "last_number = last_number - 1 where name = 'test'",
            "name = 'spare'",
        ],
    ),
];

/// The table that a check is on, or, where it is a domain's, one that has a column of it.
fn held_to(check: &str) -> String {
    format!(
        "select coalesce(nullif(c.conrelid, 0), (select min(a.attrelid) from pg_attribute a join pg_class t on t.oid = a.attrelid
           where a.atttypid = c.contypid and t.relkind = 'r'))::regclass::text from pg_constraint c where conname = '{check}'"
    )
}

#[test]
fn every_currency_and_every_provider_is_known_by_its_type() {
    in_a_house(async |house: &House| {
        let columns = "select table_name || '.' || column_name from information_schema.columns
             join information_schema.tables using (table_schema, table_name)
             where table_schema = 'payonce' and table_type = 'BASE TABLE' and column_name ~ '(^|_)(currency|provider)$'
               and domain_name is distinct from substring(column_name, '(currency|provider)$')";
        assert_eq!(names(house, columns).await, BTreeSet::<String>::new());
    });
}

/// The constraint by which the database refused.
async fn refused_by(house: &House, sql: &str) -> String {
    match tried(&house.admin, sql).await {
        Ok(_) => format!("nothing refused: {sql}"),
        Err(error) => error.constraint().map_or_else(|| format!("{error}: {sql}"), str::to_owned),
    }
}

#[test]
fn every_constraint_index_and_trigger_refuses_its_violation() {
    in_a_house(async |house: &House| {
        furnish(house).await;
        let mut proven = BTreeSet::new();
        for (check, change) in CHECKS.into_iter().chain(MORE_CHECKS).chain(CHECKS_OF_CHECKOUT) {
            let table = house.text(&held_to(check)).await;
            // Triggers refuse first; here the check is to be heard.
            let sql = format!("alter table {table} disable trigger user; update {table} set {change}");
            assert_eq!(refused_by(house, &sql).await, check, "{change}");
            proven.insert(check.to_owned());
        }
        for (name, sql) in OTHERS {
            let quiet = "alter table payonce.orders disable trigger user; alter table payonce.payments disable trigger user;
                alter table payonce.captures disable trigger user";
            assert_eq!(refused_by(house, &format!("{quiet}; {sql}")).await, name, "{sql}");
            proven.insert(name.to_owned());
        }
        let keys = names(
            house,
            "select conname::text from pg_constraint where connamespace = 'payonce'::regnamespace and contype = 'p'",
        );
        for key in keys.await {
            let table = house
                .text(&format!("select conrelid::regclass::text from pg_constraint where conname = '{key}'"))
                .await;
            let again = format!("insert into {table} overriding system value select * from {table} limit 1");
            assert_eq!(refused_by(house, &again).await, key);
            proven.insert(key);
        }
        for (trigger, table, changes) in TRIGGERS {
            for change in changes {
                assert_eq!(
                    refused_by(house, &format!("update payonce.{table} set {change}")).await,
                    trigger,
                    "{change}"
                );
            }
            proven.insert(trigger.to_owned());
        }
        for table in NEVER_CHANGED {
            let trigger = format!("{table}_no_truncate");
            assert_eq!(refused_by(house, &format!("truncate payonce.{table}")).await, trigger);
            proven.insert(trigger);
        }

        let there = names(
            house,
            "select conname::text from pg_constraint where connamespace = 'payonce'::regnamespace and contype not in ('t', 'n')
             union select tgname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
               where c.relnamespace = 'payonce'::regnamespace and not tgisinternal
             union select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
               where c.relnamespace = 'payonce'::regnamespace and i.indisunique",
        );
        // The aim of a foreign key; the primary key says it first.
        let unproven: Vec<_> = there
            .await
            .into_iter()
            .filter(|name| name != "payments_terms" && !proven.contains(name))
            .collect();
        assert_eq!(unproven, Vec::<String>::new());
    });
}
