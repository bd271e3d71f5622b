//! Money arrives: the right sum, a wrong one, twice, late, for nothing left to sell, from somebody else's checkout.
use std::time::Duration;

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::inbox::SamplePayment;
use payonce_tests::{Checkout, House, in_a_house, inr};
use serde_json::{Value, json};

/// What the audit log says of captures that were set aside, in `action`.
async fn set_aside(house: &House, action: &str) -> Value {
    let detail = format!("select detail::text from payonce.billing_audit_log where action = '{action}'");
    serde_json::from_str(&house.text(&detail).await).expect("JSON")
}

/// `reason state amount` of every refund of this provider payment.
async fn refunds(house: &House, told: &SamplePayment) -> String {
    let sql = format!(
        "select coalesce(string_agg(reason || ' ' || state || ' ' || amount_minor, ', ' order by reason, state), 'none')
         from payonce.refunds where provider_payment_id = '{}'",
        told.provider_payment
    );
    house.text(&sql).await
}

/// The event that says this checkout is paid, by another provider payment than before.
fn paid_again(checkout: &Checkout, tail: &str) -> (Checkout, String) {
    let mut again = checkout.clone();
    again.told.provider_payment.push_str(tail);
    let body = again.paid();
    (again, body)
}

#[test]
fn a_capture_of_another_sum_is_parked_and_pays_nothing() {
    type Change = fn(&mut SamplePayment);
    let wrong: [(&str, Change, i64, &str); 4] = [
        ("too little", |told| told.money.minor -= 1, 44_999, "INR"),
        ("too much", |told| told.money.minor += 1, 45_001, "INR"),
        ("nothing", |told| told.money.minor = 0, 0, "INR"),
        ("another currency", |told| told.money.currency = "USD".parse().unwrap(), 45_000, "USD"),
    ];
    for provider in [Stripe, Razorpay] {
        for (what, change, captured, currency) in wrong {
            in_a_house(async |house: &House| {
                house.stock("darjeeling", 45_000, 10).await;
                let order = house.order(provider, &[("darjeeling", 1)]).await;
                let kind = if provider == Stripe { "payment_intent.succeeded" } else { "payment.captured" };
                let body = order.tells_with(kind, change);
                assert_eq!(house.outcome(provider, &body).await, "parked payment_amount_mismatch", "{what}");
                assert_eq!(house.outcome(provider, &body).await, "duplicate payment_amount_mismatch");
                assert_eq!(house.order_state(&order).await, "new/pending");
                assert_eq!(house.payment_state(&order).await, "mismatch");
                assert_eq!(house.stock_of("darjeeling").await, 10);
                assert_eq!(refunds(house, &order.told).await, "none", "an operator decides");
                assert_eq!(
                    set_aside(house, "payment.amount_mismatch").await,
                    json!({
                        "payment": order.payment.to_string(), "provider_payment": order.told.provider_payment,
                        "captured_minor": captured, "captured_currency": currency,
                        "expected_minor": 45_000, "expected_currency": "INR",
                    })
                );

                let (_, right) = paid_again(&order, "second");
                assert_eq!(
                    house.outcome(provider, &right).await,
                    "processed order_paid",
                    "the right sum still pays"
                );
                assert_eq!(house.payment_state(&order).await, "paid");
            });
        }
    }
}

#[test]
fn a_top_up_of_another_sum_grants_no_credit() {
    in_a_house(async |house: &House| {
        for provider in [Stripe, Razorpay] {
            let mut topup = house.topup(provider, 500, 49_900).await;
            topup.told.money.minor = 49_901;
            assert_eq!(house.outcome(provider, &topup.paid()).await, "parked payment_amount_mismatch");
            assert_eq!(house.wallet(&topup).await, 0);
        }
    });
}

#[test]
fn a_capture_without_a_currency_is_parked() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (provider, said) in [(Stripe, r#""currency":"inr","#), (Razorpay, r#""currency":"INR","#)] {
            for missing in ["", r#""currency":null,"#, r#""currency":"","#, r#""currency":356,"#] {
                let order = house.order(provider, &[("darjeeling", 1)]).await;
                let body = order.paid();
                assert!(body.contains(said));
                let body = body.replace(said, missing);
                assert_eq!(house.outcome(provider, &body).await, "parked unusable_currency");
                assert_eq!(house.order_state(&order).await, "new/pending");
            }
        }
    });
}

#[test]
fn a_second_capture_of_one_payment_is_a_duplicate_and_one_refund_is_requested() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for provider in [Stripe, Razorpay] {
            let order = house.order(provider, &[("darjeeling", 1)]).await;
            let topup = house.topup(provider, 500, 49_900).await;
            for first in [order, topup] {
                assert!(house.outcome(provider, &first.paid()).await.starts_with("processed "));
                let (second, body) = paid_again(&first, "second");
                assert_eq!(house.outcome(provider, &body).await, "processed duplicate_capture");
                assert_eq!(house.outcome(provider, &body).await, "duplicate duplicate_capture");
                assert_eq!(house.payment_state(&first).await, "paid");
                assert_eq!(refunds(house, &first.told).await, "none");
                let minor = first.told.money.minor;
                assert_eq!(refunds(house, &second.told).await, format!("duplicate requested {minor}"));
            }
        }
        assert_eq!(house.stock_of("darjeeling").await, 8);
        assert_eq!(house.count("payonce.credit_ledger").await, 2);
    });
}

#[test]
fn an_order_paid_at_two_providers_is_paid_once_and_the_other_money_goes_back() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (one, other) in [(Stripe, Razorpay), (Razorpay, Stripe), (Stripe, Stripe)] {
            let first = house.order(one, &[("darjeeling", 2)]).await;
            let second = house.pay_again(&first, other).await;
            assert_eq!(house.outcome(other, &second.paid()).await, "processed order_paid");
            assert_eq!(house.outcome(one, &first.paid()).await, "processed duplicate_capture");
            assert_eq!(house.order_state(&first).await, "confirmed/paid");
            assert_eq!(house.payment_state(&second).await, "paid");
            assert_eq!(house.payment_state(&first).await, "duplicate");
            assert_eq!(refunds(house, &first.told).await, "duplicate requested 90000");
        }
        assert_eq!(house.stock_of("darjeeling").await, 4);
    });
}

#[test]
fn money_that_comes_after_its_payment_was_refunded_is_to_be_given_back_too() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for provider in [Stripe, Razorpay] {
            let first = house.order(provider, &[("darjeeling", 2)]).await;
            let second = house.pay_again(&first, provider).await;
            assert_eq!(house.outcome(provider, &first.paid()).await, "processed order_paid");
            assert_eq!(house.outcome(provider, &second.paid()).await, "processed duplicate_capture");
            let kind = if provider == Stripe { "refund.updated" } else { "refund.processed" };
            assert_eq!(house.outcome(provider, &second.tells(kind)).await, "processed refund_recorded");
            assert_eq!(house.payment_state(&second).await, "refunded");

            let (third, body) = paid_again(&second, "third");
            assert_eq!(house.outcome(provider, &body).await, "processed duplicate_capture");
            assert_eq!(house.payment_state(&second).await, "duplicate");
            assert_eq!(refunds(house, &third.told).await, "duplicate requested 90000");
            let mut refunded = third.clone();
            refunded.told.refund_id.push_str("third");
            assert_eq!(house.outcome(provider, &refunded.tells(kind)).await, "processed refund_recorded");
            assert_eq!(house.payment_state(&second).await, "refunded");
            assert_eq!(house.order_state(&first).await, "confirmed/paid");
        }
    });
}

#[test]
fn money_that_was_given_back_before_we_heard_of_it_is_not_given_back_twice() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (part, left) in [(90_000, None), (30_000, Some(60_000))] {
            let first = house.order(Stripe, &[("darjeeling", 2)]).await;
            let second = house.pay_again(&first, Stripe).await;
            assert_eq!(house.outcome(Stripe, &first.paid()).await, "processed order_paid");
            let refunded = second.tells_with("refund.updated", |told| told.part = Some(part));
            assert_eq!(house.outcome(Stripe, &refunded).await, "processed fact_kept_for_unknown_payment");
            assert_eq!(house.outcome(Stripe, &second.paid()).await, "processed duplicate_capture");
            let requested = left.map_or(String::new(), |left| format!("duplicate requested {left}, "));
            let expected = format!("{requested}provider succeeded {part}");
            assert_eq!(refunds(house, &second.told).await, expected);
            house.hold_to_the_invariants().await;
        }
    });
}

#[test]
fn a_capture_after_the_checkout_expired_still_fulfils_the_order() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let order = house.order(Stripe, &[("darjeeling", 1)]).await;
        let expired = order.tells("checkout.session.expired");
        assert_eq!(house.outcome(Stripe, &expired).await, "processed payment_expired");
        assert_eq!(house.order_state(&order).await, "expired/pending");
        assert_eq!(house.payment_state(&order).await, "expired");
        house.ahead.set(Duration::from_secs(3 * 86_400));
        assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_paid");
        assert_eq!(house.order_state(&order).await, "confirmed/paid");
        assert_eq!(house.payment_state(&order).await, "paid");
        assert_eq!(house.stock_of("darjeeling").await, 9);
    });
}

#[test]
fn an_order_expires_with_its_last_open_checkout() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let first = house.order(Stripe, &[("darjeeling", 1)]).await;
        let second = house.pay_again(&first, Stripe).await;
        assert_eq!(
            house.outcome(Stripe, &first.tells("checkout.session.expired")).await,
            "processed payment_expired"
        );
        assert_eq!(house.order_state(&first).await, "new/pending", "the other tab may still pay");
        assert_eq!(
            house.outcome(Stripe, &second.tells("checkout.session.expired")).await,
            "processed payment_expired"
        );
        assert_eq!(house.order_state(&first).await, "expired/pending");

        // Both at once: neither may count on the other.
        for _ in 0..10 {
            let first = house.order(Stripe, &[("darjeeling", 1)]).await;
            let second = house.pay_again(&first, Stripe).await;
            let (one, other) =
                (first.tells("checkout.session.expired"), second.tells("checkout.session.expired"));
            tokio::join!(house.outcome(Stripe, &one), house.outcome(Stripe, &other));
            assert_eq!(house.order_state(&first).await, "expired/pending");
        }
    });
}

#[test]
fn a_late_failure_never_undoes_a_capture() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let late: [(Provider, &[&str]); 2] = [
            (
                Stripe,
                &[
                    "payment_intent.payment_failed",
                    "payment_intent.canceled",
                    "payment_intent.processing",
                    "checkout.session.expired",
                    "checkout.session.async_payment_failed",
                ],
            ),
            (Razorpay, &["payment.failed", "payment.authorized"]),
        ];
        for (provider, kinds) in late {
            for kind in kinds {
                let order = house.order(provider, &[("darjeeling", 1)]).await;
                assert_eq!(house.outcome(provider, &order.paid()).await, "processed order_paid");
                assert_eq!(
                    house.outcome(provider, &order.tells(kind)).await,
                    "processed no_change",
                    "{kind}"
                );
                assert_eq!(house.order_state(&order).await, "confirmed/paid");
                assert_eq!(house.payment_state(&order).await, "paid");
            }
        }
    });
}

#[test]
fn only_captured_money_is_money() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 20).await;
        let unpaid = |told: &mut SamplePayment| told.status = Some("unpaid".into());
        let stripe = [
            ("payment_intent.processing", "payment_requires_action", "requires_action"),
            ("payment_intent.payment_failed", "payment_failed", "failed"),
            ("checkout.session.async_payment_failed", "payment_failed", "failed"),
            ("payment_intent.canceled", "payment_cancelled", "cancelled"),
        ];
        for (kind, outcome, status) in stripe {
            let order = house.order(Stripe, &[("darjeeling", 1)]).await;
            assert_eq!(house.outcome(Stripe, &order.tells(kind)).await, format!("processed {outcome}"));
            assert_eq!(house.payment_state(&order).await, status);
            assert!(!house.order_state(&order).await.ends_with("/paid"), "{kind}");
        }
        // A session that completed unpaid waits; the asynchronous success pays.
        let order = house.order(Stripe, &[("darjeeling", 1)]).await;
        let body = order.tells_with("checkout.session.completed", unpaid);
        assert_eq!(house.outcome(Stripe, &body).await, "processed payment_requires_action");
        assert_eq!(house.order_state(&order).await, "new/pending");
        let body = order.tells("checkout.session.async_payment_succeeded");
        assert_eq!(house.outcome(Stripe, &body).await, "processed order_paid");

        let order = house.order(Razorpay, &[("darjeeling", 1)]).await;
        let steps = [
            ("payment.authorized", "payment_authorized", "new/pending", "authorized"),
            ("payment.captured", "order_paid", "confirmed/paid", "paid"),
        ];
        for (kind, outcome, state, status) in steps {
            assert_eq!(house.outcome(Razorpay, &order.tells(kind)).await, format!("processed {outcome}"));
            assert_eq!(
                (house.order_state(&order).await, house.payment_state(&order).await),
                (state.into(), status.into())
            );
        }
    });
}

#[test]
fn a_failed_attempt_that_is_authorised_and_captured_later_is_paid() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let order = house.order(Razorpay, &[("darjeeling", 1)]).await;
        let steps = [
            ("payment.failed", "payment_failed", "new/failed", "failed"),
            ("payment.authorized", "payment_authorized", "new/failed", "authorized"),
            ("payment.captured", "order_paid", "confirmed/paid", "paid"),
        ];
        for (kind, outcome, state, status) in steps {
            assert_eq!(house.outcome(Razorpay, &order.tells(kind)).await, format!("processed {outcome}"));
            assert_eq!(
                (house.order_state(&order).await, house.payment_state(&order).await),
                (state.into(), status.into())
            );
        }
    });
}

#[test]
fn money_for_an_order_that_is_out_of_stock_goes_back_in_the_same_commit() {
    in_a_house(async |house: &House| {
        house.stock("last-one", 45_000, 1).await;
        house.stock("plenty", 100, 50).await;
        for provider in [Stripe, Razorpay] {
            let order = house.order(provider, &[("plenty", 3), ("last-one", 2)]).await;
            assert_eq!(house.outcome(provider, &order.paid()).await, "processed order_unfulfillable");
            assert_eq!(house.order_state(&order).await, "cancelled/refund_pending");
            assert_eq!(house.payment_state(&order).await, "unfulfillable");
            assert_eq!(refunds(house, &order.told).await, "unfulfillable requested 90300");
            let same_commit =
                "payonce.refunds r join payonce.captures c using (provider, provider_payment_id)
                join payonce.orders o on o.id = c.order_id where r.xmin = c.xmin and o.xmin = c.xmin";
            assert_eq!(house.count(&format!("{same_commit} and o.id = '{}'", order.order)).await, 1);

            let refunded =
                order.tells(if provider == Stripe { "refund.updated" } else { "refund.processed" });
            assert_eq!(house.outcome(provider, &refunded).await, "processed refund_recorded");
            assert_eq!(
                refunds(house, &order.told).await,
                "unfulfillable succeeded 90300",
                "ours, not a second one"
            );
            assert_eq!(house.order_state(&order).await, "cancelled/refunded");
            assert_eq!(house.payment_state(&order).await, "refunded");
            let failed = order.tells("refund.failed");
            assert_eq!(house.outcome(provider, &failed).await, "processed refund_recorded");
            assert_eq!(house.order_state(&order).await, "cancelled/refund_pending");
            assert_eq!(house.payment_state(&order).await, "unfulfillable");
        }
        assert_eq!((house.stock_of("last-one").await, house.stock_of("plenty").await), (1, 50));
        assert_eq!(house.count("payonce.customer_totals").await, 0);
        assert_eq!(house.count("payonce.email_logs").await, 0);
    });
}

#[test]
fn an_order_that_costs_nothing_is_fulfilled_without_a_payment() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        house.run("insert into payonce.promotions (code, kind, value) values ('GIFT', 'percent', 100)").await;
        let order = house.order_with(Stripe, &[("darjeeling", 2)], Some("GIFT")).await;
        assert_eq!(order.told.money, inr(0));
        let free = order.tells_with("checkout.session.completed", |told| {
            told.status = Some("no_payment_required".into())
        });
        assert_eq!(house.outcome(Stripe, &free).await, "processed order_paid");
        assert_eq!(house.outcome(Stripe, &free).await, "duplicate order_paid");
        assert_eq!(house.order_state(&order).await, "confirmed/paid");
        assert_eq!(house.stock_of("darjeeling").await, 8);

        let gone = house.order_with(Stripe, &[("darjeeling", 9)], Some("GIFT")).await;
        let free = gone.tells_with("checkout.session.completed", |told| {
            told.status = Some("no_payment_required".into())
        });
        assert_eq!(house.outcome(Stripe, &free).await, "processed order_unfulfillable");
        assert_eq!(house.order_state(&gone).await, "cancelled/refunded", "there is nothing to give back");
        assert_eq!(house.count("payonce.refunds").await, 0);
    });
}

#[test]
fn a_promotion_counts_once_and_a_late_capture_beyond_its_limit_is_honoured_and_told() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 20).await;
        // Limit of all, limit a customer, how many pay, over_limit of each in the order they pay.
        let cases = [
            ("ALL", Some(2), None, "false false true true"),
            ("EACH", None, Some(1), "false true true true"),
            ("BOTH", Some(3), Some(2), "false false true true"),
            ("FREE", None, None, "false false false false"),
        ];
        for (code, usage, each, over) in cases {
            let limit = |limit: Option<i32>| limit.map_or("null".into(), |limit| limit.to_string());
            house
                .run(&format!(
                    "insert into payonce.promotions (code, kind, value, currency, usage_limit, per_customer_limit)
                     values ('{code}', 'flat', 500, 'INR', {}, {})",
                    limit(usage),
                    limit(each)
                ))
                .await;
            let mut orders = vec![];
            for provider in [Stripe, Razorpay, Stripe, Razorpay] {
                orders.push(house.order_with(provider, &[("darjeeling", 1)], Some(code)).await);
            }
            for order in &orders {
                assert_eq!(order.told.money, inr(44_500));
                let body = order.paid();
                assert_eq!(house.outcome(order.provider, &body).await, "processed order_paid");
                assert_eq!(house.outcome(order.provider, &body).await, "duplicate order_paid");
            }
            let ids: Vec<String> = orders.iter().map(|order| format!("'{}'", order.order)).collect();
            let told = format!(
                "select string_agg(r.over_limit::text, ' ' order by array_position(array[{}], r.order_id))
                 from payonce.promo_redemptions r where r.code = '{code}'",
                ids.join(",")
            );
            assert_eq!(house.text(&told).await, over, "{code}");
            let count = format!("select usage_count from payonce.promotions where code = '{code}'");
            assert_eq!(house.value::<i32>(&count).await, 4);
        }
    });
}

#[test]
fn an_event_that_overtakes_its_checkout_is_applied_once_the_row_is_there() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for provider in [Stripe, Razorpay] {
            let order = house.order(provider, &[("darjeeling", 1)]).await;
            let aside = format!(
                "create table public.aside as select * from payonce.payments where id = '{}'",
                order.payment
            );
            house.run(&format!("{aside}; delete from payonce.payments where id = '{}'", order.payment)).await;
            let body = order.paid();
            assert_eq!(house.outcome(provider, &body).await, "failed payment_not_stored_yet");
            assert_eq!(house.order_state(&order).await, "new/pending");
            house
                .run("insert into payonce.payments select * from public.aside; drop table public.aside")
                .await;

            if provider == Stripe {
                house.ahead.set(house.ahead.get() + Duration::from_secs(120));
                assert_eq!(house.retry().await.settled, 1);
            } else {
                // The provider brings it again before our retry is due: a failed event is not a duplicate.
                assert_eq!(house.outcome(provider, &body).await, "processed order_paid");
            }
            assert_eq!(house.outcome(provider, &body).await, "duplicate order_paid");
            assert_eq!(house.order_state(&order).await, "confirmed/paid");
        }
    });
}

#[test]
fn an_event_of_somebody_else_is_ignored() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (provider, kinds) in [
            (
                Stripe,
                ["checkout.session.completed", "payment_intent.succeeded", "payment_intent.payment_failed"],
            ),
            (Razorpay, ["payment.captured", "order.paid", "payment.failed"]),
        ] {
            let order = house.order(provider, &[("darjeeling", 1)]).await;
            for kind in kinds {
                let body = order.tells_with(kind, |told| {
                    told.mark = None;
                    told.provider_order.push_str("theirs");
                    told.provider_payment.push_str("theirs");
                });
                assert_eq!(house.outcome(provider, &body).await, "ignored not_ours", "{kind}");
            }
            assert_eq!(house.order_state(&order).await, "new/pending");
        }
        assert_eq!(house.count("payonce.captures").await, 0);
    });
}

#[test]
fn a_payment_is_found_by_its_provider_order_when_the_event_bears_no_mark() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        for (provider, kind) in
            [(Stripe, "checkout.session.completed"), (Razorpay, "payment.captured"), (Razorpay, "order.paid")]
        {
            let order = house.order(provider, &[("darjeeling", 1)]).await;
            let body = order.tells_with(kind, |told| told.mark = None);
            assert_eq!(house.outcome(provider, &body).await, "processed order_paid", "{kind}");
            assert_eq!(house.payment_state(&order).await, "paid");
        }
    });
}

#[test]
fn a_buyer_who_writes_another_payment_s_mark_into_the_notes_settles_only_their_own() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let (mine, theirs) = (
            house.order(Razorpay, &[("darjeeling", 1)]).await,
            house.order(Razorpay, &[("darjeeling", 1)]).await,
        );
        let body = mine.tells_with("payment.captured", |told| told.mark = Some(theirs.payment));
        assert_eq!(house.outcome(Razorpay, &body).await, "processed order_paid");
        assert_eq!(house.order_state(&mine).await, "confirmed/paid");
        assert_eq!(house.order_state(&theirs).await, "new/pending");

        // A payment of another shop on the same Razorpay account, with the mark of ours in its notes.
        let elsewhere = theirs.tells_with("payment.captured", |told| {
            told.provider_order = "order_elsewhere".into();
            told.provider_payment = "pay_elsewhere".into();
        });
        assert_eq!(house.outcome(Razorpay, &elsewhere).await, "parked provider_order_mismatch");
        let failed =
            theirs.tells_with("payment.failed", |told| told.provider_order = "order_elsewhere".into());
        assert_eq!(house.outcome(Razorpay, &failed).await, "parked provider_order_mismatch");
        assert_eq!(house.order_state(&theirs).await, "new/pending");
    });
}

#[test]
fn test_money_never_pays_a_live_order_nor_live_money_a_test_order() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let order = house.order(Stripe, &[("darjeeling", 1)]).await;
        for kind in ["checkout.session.completed", "payment_intent.succeeded", "checkout.session.expired"] {
            let live = order.tells_with(kind, |told| told.livemode = true);
            assert_eq!(house.outcome(Stripe, &live).await, "parked livemode_mismatch");
        }
        // A live order, as the database might hold it; the stack serves test events.
        house
            .run(
                "alter table payonce.orders disable trigger all; alter table payonce.payments disable trigger all;
                 update payonce.orders set livemode = true; update payonce.payments set livemode = true;
                 alter table payonce.orders enable trigger all; alter table payonce.payments enable trigger all",
            )
            .await;
        for kind in ["checkout.session.completed", "payment_intent.succeeded", "checkout.session.expired"] {
            assert_eq!(house.outcome(Stripe, &order.tells(kind)).await, "parked livemode_mismatch");
        }
        assert_eq!(house.order_state(&order).await, "new/pending");
        assert_eq!(house.count("payonce.captures").await, 0);
    });
}

#[test]
fn a_payment_asked_of_one_provider_is_not_settled_by_the_other() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        let cases = [
            (Stripe, Razorpay, ["payment.captured", "payment.authorized"]),
            (Razorpay, Stripe, ["payment_intent.succeeded", "payment_intent.payment_failed"]),
        ];
        for (asked, told_by, kinds) in cases {
            let order = house.order(asked, &[("darjeeling", 1)]).await;
            let mut other = order.clone();
            (other.provider, other.told) =
                (told_by, SamplePayment::new(told_by, "elsewhere", order.told.money));
            other.told.mark = Some(order.payment);
            for kind in kinds {
                assert_eq!(
                    house.outcome(told_by, &other.tells(kind)).await,
                    "parked provider_mismatch",
                    "{kind}"
                );
            }
            assert_eq!(house.order_state(&order).await, "new/pending");
        }
    });
}

#[test]
fn a_mismatch_that_is_replayed_or_told_again_goes_on_waiting_for_a_person() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 100, 10_000).await;
        let wrong = |told: &mut payonce::inbox::SamplePayment| told.money.minor = 9_999;
        let body = topup.tells_with("checkout.session.completed", wrong);
        assert_eq!(house.outcome(Stripe, &body).await, "parked payment_amount_mismatch");
        let twin = topup.tells_with("payment_intent.succeeded", wrong);
        assert_eq!(house.outcome(Stripe, &twin).await, "parked payment_amount_mismatch");
        let id: uuid::Uuid =
            house.value("select id from payonce.webhook_events order by received_at limit 1").await;
        let (expected, retry) = (&house.config.expected, house.config.retry);
        let settled =
            payonce::fulfilment::replay(&house.db, expected, retry, house.now(), id).await.unwrap().unwrap();
        assert_eq!((settled.status.name(), settled.outcome.as_str()), ("parked", "payment_amount_mismatch"));
        let third = topup.tells("payment_intent.succeeded");
        assert_eq!(
            house.outcome(Stripe, &third).await,
            "parked capture_disagrees",
            "the same money, another amount"
        );
        assert_eq!(house.wallet(&topup).await, 0);
    });
}

#[test]
fn money_to_give_back_is_asked_for_again_when_its_refund_fails_and_only_the_rest_when_part_went_back() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Stripe, 100, 10_000).await;
        house.outcome(Stripe, &topup.paid()).await;
        let second = |told: &mut payonce::inbox::SamplePayment| told.provider_payment = "pi_second".into();
        house.outcome(Stripe, &topup.tells_with("payment_intent.succeeded", second)).await;
        let open = async || {
            house.text("select coalesce(string_agg(amount_minor::text, ',' order by amount_minor), '') from payonce.refunds
                where state = 'requested'").await
        };
        assert_eq!(open().await, "10000");
        let refund = async |kind: &str, id: &str, part: i64| {
            let body = topup.tells_with(kind, |told| {
                second(told);
                (told.refund_id, told.part) = (id.into(), Some(part));
            });
            house.outcome(Stripe, &body).await
        };
        refund("refund.created", "re_part", 4_000).await;
        assert_eq!(open().await, "6000", "part of it went back another way");
        refund("refund.failed", "re_part", 4_000).await;
        assert_eq!(open().await, "10000", "and came to nothing");
        refund("refund.created", "re_whole", 10_000).await;
        assert_eq!(open().await, "", "sent at the provider's desk: it is the one we asked for");
        refund("refund.failed", "re_whole", 10_000).await;
        assert_eq!(open().await, "10000", "asked for anew, under a new id");
        refund("refund.created", "re_first", 4_000).await;
        refund("refund.created", "re_rest", 6_000).await;
        assert_eq!(open().await, "");
        refund("refund.failed", "re_first", 4_000).await;
        assert_eq!(open().await, "4000", "beside the rest, which went back");
        for (id, asked_for) in [("re_second", "4000"), ("re_third", "")] {
            refund("refund.created", id, 4_000).await;
            refund("refund.failed", id, 4_000).await;
            assert_eq!(open().await, asked_for, "three of ours may fail, then a person is asked");
        }
        let i15 = payonce::operator::invariants().find(|invariant| invariant.name == "I15").unwrap();
        assert_eq!(house.text(i15.sql).await, "pi_second", "and until then the books say so");
        refund("refund.created", "re_by_hand", 4_000).await;
    });
}

#[test]
fn a_mark_in_notes_that_a_buyer_could_write_waits_until_our_payment_knows_its_order() {
    in_a_house(async |house: &House| {
        let topup = house.topup(Razorpay, 100, 10_000).await;
        house
            .run(&format!(
                "update payonce.payments set provider_order_id = null where id = '{}'",
                topup.payment
            ))
            .await;
        assert_eq!(house.outcome(Razorpay, &topup.paid()).await, "failed payment_not_stored_yet");
        assert_eq!(
            house.outcome(Razorpay, &topup.tells("order.paid")).await,
            "processed credits_granted",
            "its notes are ours"
        );
        house.ahead.set(Duration::from_secs(7_200));
        assert_eq!(house.retry().await.settled, 1);
        assert_eq!(house.wallet(&topup).await, 100);
    });
}

#[test]
fn a_payment_that_another_stack_on_the_same_account_marked_is_not_ours() {
    in_a_house(async |house: &House| {
        for provider in [Stripe, Razorpay] {
            let topup = house.topup(provider, 100, 10_000).await;
            let told = |stack: &str, order: &str| {
                topup.tells_with(
                    if provider == Stripe { "checkout.session.completed" } else { "order.paid" },
                    |told| {
                        told.stack = Some(stack.into());
                        told.provider_order = order.into();
                    },
                )
            };
            let theirs = told("payonce/staging", "order_of_theirs");
            assert_eq!(house.outcome(provider, &theirs).await, "ignored not_ours");
            let ours = told("payonce/local", &topup.told.provider_order);
            assert_eq!(house.outcome(provider, &ours).await, "processed credits_granted");
        }
    });
}
