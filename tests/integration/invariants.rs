//! Every invariant can fail: a violation planted past constraints and triggers is found by the one that names it.
use std::collections::BTreeSet;

use payonce::operator;
use payonce_tests::{House, in_a_house};

use crate::schema::furnish;

/// An invariant, and damage that it must find.
const DAMAGE: [(&str, &str); 58] = [
    ("I01", "update payonce.credit_accounts set wallet = wallet + 1"),
    ("I01", "update payonce.credit_accounts set last_seq = last_seq + 1"),
    ("I01", "delete from payonce.credit_ledger where seq = 2"),
    ("I01", "update payonce.credit_ledger set seq = 99 where seq = 2"),
    ("I02", "update payonce.credit_ledger set wallet_after = wallet_after + 1 where seq = 2"),
    ("I02", "update payonce.credit_ledger set wallet_delta = wallet_delta - 1 where seq = 2"),
    ("I05", "delete from payonce.credit_ledger where entry_type = 'topup'"),
    ("I05", "update payonce.credit_ledger set wallet_delta = 99 where entry_type = 'topup'"),
    ("I05", "update payonce.credit_ledger set account_id = gen_random_uuid() where entry_type = 'topup'"),
    ("I05", "delete from payonce.captures where order_id is null"),
    ("I06", "delete from payonce.captures where verdict = 'settled'"),
    ("I06", "update payonce.captures set verdict = 'settled' where verdict = 'unfulfillable'"),
    ("I06", "alter table payonce.captures drop constraint captures_settled_as_expected;
        update payonce.captures set amount_minor = amount_minor - 1 where verdict = 'settled'"),
    ("I06", "alter table payonce.captures drop constraint captures_settled_as_expected;
        update payonce.captures set currency = 'USD' where verdict = 'settled'"),
    ("I06", "update payonce.payments set livemode = true"),
    ("I07", "delete from payonce.order_items"),
    ("I07", "update payonce.order_items set qty = qty + 1, line_total_minor = line_total_minor + unit_price_minor"),
    ("I08", "delete from payonce.stock_movements where reason = 'sale'"),
    ("I08", "update payonce.stock_movements set delta = delta - 1 where reason = 'sale'"),
    ("I08", "update payonce.stock_movements set product_slug = 'other' where reason = 'sale'"),
    ("I08", "insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor)
        select product_slug, variant, -qty, 'sale', order_id, line, '' from payonce.order_items i join payonce.orders o on o.id = order_id
        where paid_at is null"),
    ("I09", "update payonce.inventory set stock = stock + 1"),
    ("I09", "delete from payonce.stock_movements where reason = 'opening'"),
    ("I10", "update payonce.customer_totals set orders = orders + 1"),
    ("I10", "update payonce.customer_totals set spent_minor = spent_minor + 1"),
    ("I10", "update payonce.customer_totals set refunded_minor = refunded_minor + 1"),
    ("I10", "delete from payonce.customer_totals"),
    ("I11", "update payonce.promotions set usage_count = usage_count + 1"),
    ("I11", "delete from payonce.promo_redemptions"),
    ("I12", "delete from payonce.promo_redemptions"),
    ("I12", "update payonce.promo_redemptions set discount_minor = discount_minor + 1"),
    ("I12", "update payonce.promo_redemptions set customer_id = gen_random_uuid()"),
    ("I15", "delete from payonce.refunds where reason = 'duplicate'"),
    ("I15", "delete from payonce.refunds where reason = 'unfulfillable'"),
    ("I16", "update payonce.refunds set amount_minor = 10 * amount_minor where state = 'succeeded'"),
    ("I16", "update payonce.refunds set currency = 'USD' where state = 'succeeded'"),
    ("I17", "update payonce.captures set refunded_minor = refunded_minor + 1 where verdict = 'settled'"),
    ("I17", "update payonce.captures set disputed_minor = disputed_minor + 1 where verdict = 'settled'"),
    ("I17", "update payonce.refunds set state = 'pending' where state = 'succeeded'"),
    ("I26", "update payonce.payments set status = 'paid' where status = 'failed'"),
    ("I26", "update payonce.payments set status = 'paid' where status = 'duplicate'"),
    ("I26", "update payonce.payments set status = 'refunded' where status = 'partially_refunded'"),
    ("I27", "update payonce.webhook_events set next_attempt_at = now() - interval '16 minutes' where status = 'failed'"),
    ("I29", "delete from payonce.billing_audit_log where action = 'order.paid'"),
    ("I30", "delete from payonce.billing_audit_log where action = 'credits.clawed_back'"),
    ("I36", "alter table payonce.products add column weight real"),
    ("I37", "update payonce.payments set amount_minor = amount_minor + 1 where order_id is not null"),
    ("I41", "delete from payonce.clawback_shortfalls"),
    ("I41", "update payonce.payments set credits = 10 * credits where credits is not null"),
    ("I43", "update payonce.orders set payment_status = 'paid' where payment_status = 'partially_refunded'"),
    ("I44", "delete from payonce.email_logs where email_type = 'order_receipt'"),
    ("I44", "delete from payonce.email_logs where email_type = 'topup_receipt'"),
    ("I49", "delete from payonce.receipts where number = 1"),
    ("I49", "update payonce.receipts set number = 9 where number = 2"),
    ("I49", "update payonce.receipt_series set last_number = last_number + 1 where name = 'live'"),
    ("I50", "update payonce.receipts set series = 'live'"),
    ("I50", "update payonce.orders set paid_at = null, status = 'cancelled', payment_status = 'refund_pending'"),
    ("I50", "update payonce.captures set verdict = 'mismatch' where order_id is null"),
];

/// Of what is held, of refunds by operators and of mismatches.
const DAMAGE_OF_CHECKOUT: [(&str, &str); 21] = [
    ("I06", "alter table payonce.captures drop constraint captures_settled_as_expected;
        update payonce.captures set adjusted_minor = 0 where adjusted_minor <> 0"),
    ("I10", "update payonce.customer_totals t set spent_minor = spent_minor + (select sum(adjusted_minor) from payonce.captures)"),
    ("I15", "delete from payonce.refunds where reason = 'duplicate';
        insert into payonce.disputes (provider, provider_dispute_id, provider_payment_id, amount_minor, currency, state, reported_at)
        select provider, 'dp_most', provider_payment_id, amount_minor - 1, currency, 'lost', now() from payonce.captures where verdict = 'duplicate'"),
    ("I15", "delete from payonce.refunds where reason = 'duplicate';
        insert into payonce.disputes (provider, provider_dispute_id, provider_payment_id, amount_minor, currency, state, reported_at)
        select provider, 'dp_won', provider_payment_id, amount_minor, currency, 'won', now() from payonce.captures where verdict = 'duplicate'"),
    ("I40", "update payonce.orders set expires_at = now() - interval '3 hours' where hold = 'held'"),
    ("I40", "update payonce.payments set status = 'authorized' where status = 'created';
        update payonce.orders set expires_at = now() - interval '16 days' where hold = 'held'"),
    ("I45", "update payonce.inventory set held = held + 1 where product_slug = 'atlas'"),
    ("I45", "update payonce.inventory set held = 0"),
    ("I45", "update payonce.promotions set held_count = held_count + 1 where code = 'IDLE'"),
    ("I45", "update payonce.promotions set held_count = 0"),
    ("I45", "update payonce.orders set hold = 'released' where hold = 'held'"),
    ("I45", "update payonce.orders set hold = 'held' where hold = 'used'"),
    ("I45", "update payonce.orders set hold = 'used' where hold = 'released'"),
    ("I45", "update payonce.orders set paid_at = now(), payment_status = 'paid', status = 'confirmed' where hold = 'held'"),
    ("I46", "insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor)
        select product_slug, variant, 1 - delta, 'return', order_id, line, '' from payonce.stock_movements where reason = 'sale'"),
    ("I46", "delete from payonce.stock_movements where reason = 'sale'"),
    ("I47", "delete from payonce.mismatch_decisions where decision = 'accepted'"),
    ("I47", "update payonce.mismatch_decisions set difference_minor = difference_minor + 1 where decision = 'accepted'"),
    ("I47", "update payonce.captures set verdict = 'mismatch', adjusted_minor = 0 where adjusted_minor <> 0"),
    ("I47", "update payonce.mismatch_decisions set decision = 'refunded', second_person = null"),
    ("I48", "update payonce.promotions set usage_limit = 1 where usage_limit is not null"),
];

#[test]
fn every_invariant_finds_the_damage_it_names() {
    in_a_house(async |house: &House| {
        furnish(house).await;
        for (name, damage) in DAMAGE.into_iter().chain(DAMAGE_OF_CHECKOUT) {
            let invariant = operator::invariants().find(|one| one.name == name).expect(name);
            // Triggers and foreign keys rest; checks do not.
            house.run(&format!("begin; set local session_replication_role = replica; {damage}")).await;
            let broken = house.admin.query_typed(invariant.sql, &[]).await.expect(name);
            house.run("rollback").await;
            assert!(!broken.is_empty(), "{name} {} does not find: {damage}", invariant.says);
            assert!(!broken[0].get::<_, String>("broken").is_empty(), "{name} names nothing");
        }
        let all: BTreeSet<&str> = operator::invariants().map(|one| one.name).collect();
        assert_eq!(
            all,
            DAMAGE.into_iter().chain(DAMAGE_OF_CHECKOUT).map(|(name, _)| name).collect(),
            "invariants that were never seen to fail"
        );
    });
}
