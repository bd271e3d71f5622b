//! Many at once: the same event, several events of one payment, many buyers of one thing. Behind a pool of four.
use std::collections::BTreeMap;

use futures_util::future::join_all;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::{Checkout, House, in_a_house};

/// Delivers all of them at once; all are answered 200, none is left to be retried. How often which `status outcome` came.
async fn at_once(house: &House, told: &[(Provider, String)]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for outcome in join_all(told.iter().map(|(provider, body)| house.outcome(*provider, body))).await {
        *counts.entry(outcome).or_default() += 1;
    }
    assert!(!counts.keys().any(|outcome: &String| outcome.starts_with("failed ")), "{counts:?}");
    counts
}

fn counted<const N: usize>(outcomes: [(&str, usize); N]) -> BTreeMap<String, usize> {
    outcomes.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name.into(), count)).collect()
}

/// What a paid order, or a paid top-up, has left in the books.
async fn effects(house: &House, paid: &Checkout) -> String {
    let (order, payment) = (&paid.order, paid.payment);
    house
        .text(&format!(
            "select p.status || concat(
               ' captures ', (select count(*) from payonce.captures where payment_id = p.id),
               ' refunds ', (select count(*) from payonce.refunds join payonce.captures c using (provider, provider_payment_id)
                 where c.payment_id = p.id),
               ' sales ', (select count(*) from payonce.stock_movements where order_id = '{order}' and reason = 'sale'),
               ' ledger ', (select count(*) from payonce.credit_ledger where source_id = p.id::text),
               ' audit ', (select count(*) from payonce.billing_audit_log where resource_id in (p.id::text, '{order}')),
               ' mails ', (select count(*) from payonce.email_logs where ref_id in (p.id::text, '{order}')))
             from payonce.payments p where p.id = '{payment}'"
        ))
        .await
}

const ORDER_PAID_ONCE: &str = "paid captures 1 refunds 0 sales 1 ledger 0 audit 1 mails 1";
const TOPPED_UP_ONCE: &str = "paid captures 1 refunds 0 sales 0 ledger 1 audit 1 mails 1";

/// The two events by which a provider tells of one payment.
fn twins(provider: Provider) -> [&'static str; 2] {
    match provider {
        Stripe => ["checkout.session.completed", "payment_intent.succeeded"],
        Razorpay => ["order.paid", "payment.captured"],
    }
}

#[test]
fn one_event_delivered_32_times_at_once_takes_effect_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for provider in [Stripe, Razorpay] {
            for kind in twins(provider) {
                let order = house.order(provider, &[("atlas", 1)]).await;
                let told = vec![(provider, order.tells(kind)); 32];
                let expected = counted([("processed order_paid", 1), ("duplicate order_paid", 31)]);
                assert_eq!(at_once(house, &told).await, expected, "{kind}");
                assert_eq!(effects(house, &order).await, ORDER_PAID_ONCE, "{kind}");

                let topup = house.topup(provider, 100, 900).await;
                let told = vec![(provider, topup.tells(kind)); 32];
                let expected = counted([("processed credits_granted", 1), ("duplicate credits_granted", 31)]);
                assert_eq!(at_once(house, &told).await, expected, "{kind}");
                assert_eq!(effects(house, &topup).await, TOPPED_UP_ONCE, "{kind}");
            }
        }
        assert_eq!(house.count("payonce.webhook_events where deliveries = 32").await, 8);
    });
}

#[test]
fn two_events_of_one_payment_are_one_fulfilment_in_either_order() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for provider in [Stripe, Razorpay] {
            let [one, other] = twins(provider);
            for (first, second) in [(one, other), (other, one)] {
                let order = house.order(provider, &[("atlas", 1)]).await;
                assert_eq!(
                    house.outcome(provider, &order.tells(first)).await,
                    "processed order_paid",
                    "{first}"
                );
                assert_eq!(house.outcome(provider, &order.tells(second)).await, "processed already_captured");
                assert_eq!(effects(house, &order).await, ORDER_PAID_ONCE);
            }
        }
    });
}

#[test]
fn two_events_of_one_payment_16_times_each_at_once_are_one_fulfilment() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for round in 0..6 {
            for provider in [Stripe, Razorpay] {
                let kinds = twins(provider);
                let (order, topup) =
                    (house.order(provider, &[("atlas", 1)]).await, house.topup(provider, 100, 900).await);
                for (paid, once, outcome) in
                    [(&order, ORDER_PAID_ONCE, "order_paid"), (&topup, TOPPED_UP_ONCE, "credits_granted")]
                {
                    // Half the rounds deliver the same two events, the others (at Stripe) 32 events.
                    let same = kinds.map(|kind| paid.tells(kind));
                    let told: Vec<_> = (0..32)
                        .map(|n| {
                            (
                                provider,
                                if round % 2 == 0 { same[n % 2].clone() } else { paid.tells(kinds[n % 2]) },
                            )
                        })
                        .collect();
                    let counts = at_once(house, &told).await;
                    assert_eq!(counts.values().sum::<usize>(), 32);
                    assert_eq!(counts.get(&format!("processed {outcome}")), Some(&1), "{counts:?}");
                    assert_eq!(effects(house, paid).await, once);
                }
            }
        }
    });
}

#[test]
fn one_order_paid_at_two_providers_at_once_is_paid_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        for _ in 0..10 {
            let first = house.order(Stripe, &[("atlas", 1)]).await;
            let second = house.pay_again(&first, Razorpay).await;
            let told: Vec<_> = (0..8)
                .flat_map(|n| {
                    [&first, &second].map(|paid| (paid.provider, paid.tells(twins(paid.provider)[n % 2])))
                })
                .collect();
            let counts = at_once(house, &told).await;
            assert_eq!(counts.get("processed order_paid"), Some(&1), "{counts:?}");
            assert_eq!(counts.get("processed duplicate_capture"), Some(&1), "{counts:?}");
            let mut states = [house.payment_state(&first).await, house.payment_state(&second).await];
            states.sort();
            assert_eq!(states, ["duplicate", "paid"]);
            assert_eq!(house.order_state(&first).await, "confirmed/paid");
        }
        assert_eq!(
            house.count("payonce.refunds where reason = 'duplicate' and state = 'requested'").await,
            10
        );
        assert_eq!(house.stock_of("atlas").await, 90);
    });
}

#[test]
fn of_64_buyers_of_the_last_piece_one_has_it_and_63_get_their_money_back() {
    in_a_house(async |house: &House| {
        house.stock("last-one", 900, 1).await;
        let mut told = vec![];
        for n in 0..64 {
            let provider = if n % 2 == 0 { Stripe } else { Razorpay };
            told.push((provider, house.order(provider, &[("last-one", 1)]).await.paid()));
        }
        let expected = counted([("processed order_paid", 1), ("processed order_unfulfillable", 63)]);
        assert_eq!(at_once(house, &told).await, expected);
        assert_eq!(house.stock_of("last-one").await, 0);
        assert_eq!(
            house.count("payonce.refunds where reason = 'unfulfillable' and state = 'requested'").await,
            63
        );
        assert_eq!(
            house
                .count("payonce.orders where payment_status = 'refund_pending' and status = 'cancelled'")
                .await,
            63
        );
    });
}

#[test]
fn a_promotion_of_8_uses_is_over_its_limit_for_exactly_24_of_32_who_pay_at_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        house.run("insert into payonce.promotions (code, kind, value, currency, usage_limit) values ('TEA', 'flat', 100, 'INR', 8)").await;
        let mut told = vec![];
        for _ in 0..32 {
            told.push((Stripe, house.order_with(Stripe, &[("atlas", 1)], Some("TEA")).await.paid()));
        }
        assert_eq!(at_once(house, &told).await, counted([("processed order_paid", 32)]));
        assert_eq!(house.count("payonce.promo_redemptions where over_limit").await, 24);
    });
}

#[test]
fn a_promotion_of_2_uses_a_customer_is_over_its_limit_for_exactly_6_of_8_that_one_pays_at_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        house.run("insert into payonce.promotions (code, kind, value, currency, per_customer_limit) values ('TEA', 'flat', 100, 'INR', 2)").await;
        let mut told = vec![];
        for _ in 0..8 {
            told.push((Stripe, house.order_with(Stripe, &[("atlas", 1)], Some("TEA")).await.paid()));
        }
        assert_eq!(at_once(house, &told).await, counted([("processed order_paid", 8)]));
        assert_eq!(house.count("payonce.promo_redemptions where over_limit").await, 6);
    });
}

#[test]
fn orders_of_the_same_things_in_opposite_order_never_wait_for_each_other_in_a_ring() {
    in_a_house(async |house: &House| {
        let slugs = ["assam", "ceylon", "darjeeling", "keemun", "nilgiri", "oolong", "sencha", "yunnan"];
        for slug in slugs {
            house.stock(slug, 900, 1_000).await;
        }
        let mut told = vec![];
        for n in 0..96 {
            let mut lines: Vec<(&str, i64)> = slugs.iter().map(|slug| (*slug, 1)).collect();
            lines.rotate_left(n % 8);
            lines.truncate(3 + n % 5);
            if n % 2 == 0 {
                lines.reverse();
            }
            let provider = if n % 3 == 0 { Razorpay } else { Stripe };
            let order = house.order(provider, &lines).await;
            // As the buyer filled the cart, whatever order creation makes of it: rows in that order, too.
            house
                .run(&format!(
                    "create temporary table cart as select * from payonce.order_items where order_id = '{0}';
                     delete from payonce.order_items where order_id = '{0}';
                     insert into payonce.order_items (order_id, line, product_slug, variant, qty, unit_price_minor, line_total_minor)
                     select c.order_id, n, c.product_slug, c.variant, c.qty, c.unit_price_minor, c.line_total_minor
                     from unnest(array['{1}']) with ordinality as w (slug, n) join cart c on c.product_slug = w.slug order by n;
                     drop table cart",
                    order.order,
                    lines.iter().map(|(slug, _)| *slug).collect::<Vec<_>>().join("','")
                ))
                .await;
            told.push((provider, order.paid()));
        }
        assert_eq!(at_once(house, &told).await, counted([("processed order_paid", 96)]));
        // A deadlock would have been tried again, and gone unnoticed. A backend counts its own when it ends.
        house.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()").await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(
            house
                .value::<i64>("select deadlocks from pg_stat_database where datname = current_database()")
                .await,
            0
        );
    });
}

#[test]
fn a_refund_that_races_its_capture_is_always_applied() {
    in_a_house(async |house: &House| {
        for round in 0..200 {
            let provider = if round % 2 == 0 { Stripe } else { Razorpay };
            let topup = house.topup(provider, 100, 900).await;
            let refund = if provider == Stripe { "refund.updated" } else { "refund.processed" };
            let dispute =
                if provider == Stripe { "charge.dispute.created" } else { "payment.dispute.created" };
            let refund = topup.tells_with(refund, |told| told.part = Some(300));
            let dispute = topup.tells_with(dispute, |told| told.part = Some(300));
            let (capture, twin) = (topup.paid(), topup.tells(twins(provider)[0]));
            let told = match round % 4 {
                0 | 1 => [capture, refund, dispute, twin],
                _ => [refund, capture, twin, dispute],
            };
            let told = told.map(|body| (provider, body));
            at_once(house, &told).await;
            assert_eq!(house.payment_state(&topup).await, "partially_refunded", "round {round}");
            assert_eq!(house.wallet(&topup).await, 34, "round {round}");
        }
    });
}
