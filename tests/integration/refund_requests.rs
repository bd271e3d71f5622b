//! What operators ask back at the same moment as others, and what went back without them.
use futures_util::future::{join, join_all};
use payonce::failure::Failure;
use payonce::inbox::Provider::Stripe;
use payonce::mismatch::{self, Decision};
use payonce::refund::{self, Returned, Wanted};
use payonce_tests::{Basket, Checkout, House, in_a_house};
use tokio_postgres::Client;

use crate::furnish::one_paisa_short;

/// Nine hundred paise, paid at Stripe.
async fn sold(house: &House, client: &Client) -> Checkout {
    let order = house.hold(client, &Basket::of(&[("atlas", 1)])).await.unwrap();
    assert_eq!(house.outcome(Stripe, &order.paid()).await, "processed order_paid");
    order
}

/// An operator asks for so much of it; the minor units, or the code of the refusal.
async fn asked(
    house: &House,
    of: &Checkout,
    minor: Option<i64>,
    returned: Returned<'_>,
) -> Result<i64, &'static str> {
    let wanted = Wanted {
        provider: of.provider,
        provider_payment: &of.told.provider_payment,
        minor,
        note: "it was broken",
        actor: "meera",
        returned,
    };
    let mut client = house.as_checkout().await;
    let asked = refund::request(&mut client, &wanted, house.now()).await;
    asked.map(|(_, minor, _)| minor).map_err(|failure: Failure| failure.code())
}

/// `reason state amount` of each refund of this money.
async fn refunds(house: &House, of: &Checkout) -> String {
    house
        .text(&format!(
            "select coalesce(string_agg(reason || ' ' || state || ' ' || amount_minor, ', ' order by created_at, reason), 'none')
             from payonce.refunds where provider_payment_id = '{}'",
            of.told.provider_payment
        ))
        .await
}

#[test]
fn of_eight_operators_who_ask_the_same_back_at_once_one_is_heard() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let client = house.as_checkout().await;
        let order = sold(house, &client).await;
        let all =
            join_all((0..8).map(|_| asked(house, &order, None, Returned::Everything(&order.order)))).await;
        assert_eq!(all.iter().filter(|answer| **answer == Ok(900)).count(), 1, "{all:?}");
        assert_eq!(all.iter().filter(|answer| **answer == Err("refund_impossible")).count(), 7, "{all:?}");
        assert_eq!(house.shelf("atlas").await, (100, 0), "the goods came back once");
    });
}

#[test]
fn a_request_and_a_refund_by_hand_at_once_never_ask_for_more_than_came() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let client = house.as_checkout().await;
        for _ in 0..20 {
            let order = sold(house, &client).await;
            let by_hand = order.tells_with("refund.updated", |told| told.part = Some(300));
            let (asked, told) =
                join(asked(house, &order, None, Returned::Nothing), house.outcome(Stripe, &by_hand)).await;
            assert_eq!(told, "processed refund_recorded");
            let left = match asked {
                Ok(900) => "operator cancelled 900, provider succeeded 300",
                _ => "operator requested 600, provider succeeded 300",
            };
            let ends: std::collections::BTreeSet<String> =
                refunds(house, &order).await.split(", ").map(str::to_owned).collect();
            assert_eq!(ends, left.split(", ").map(str::to_owned).collect(), "{asked:?}");
        }
    });
}

#[test]
fn a_mismatch_that_went_back_by_hand_is_decided_without_a_request() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let client = house.as_checkout().await;
        let order = house.hold(&client, &Basket::of(&[("atlas", 1)])).await.unwrap();
        let money = one_paisa_short(house, &order).await;
        // While it is on its way back it cannot be accepted.
        for (status, part) in [("pending", 400), ("succeeded", 499)] {
            let told = order.tells_with("refund.updated", |told| {
                (told.refund_id, told.part, told.status) =
                    (format!("re_{part}"), Some(part), Some(status.into()));
            });
            assert_eq!(house.outcome(Stripe, &told).await, "processed refund_recorded");
            let accepted = mismatch::accept(&client, &decision(house, &money), "ravi").await;
            assert_eq!(accepted.unwrap_err().code(), "refund_impossible", "{status}");
        }
        assert_eq!(back(house, &client, &money).await.unwrap(), 0);
        assert_eq!(refunds(house, &order).await, "provider pending 400, provider succeeded 499");
        assert_eq!(house.count("payonce.webhook_events where outcome = 'mismatch_refunded'").await, 1);
        assert_eq!(mismatch::list(&client, 10).await.unwrap().len(), 0);
    });
}

fn decision<'a>(house: &House, money: &'a str) -> Decision<'a> {
    Decision {
        provider: Stripe,
        provider_payment: money,
        actor: "meera",
        reason: "not ours to keep",
        now: house.now(),
    }
}

async fn back(house: &House, client: &Client, money: &str) -> Result<i64, Failure> {
    mismatch::refund(client, &decision(house, money)).await.map(|(_, minor)| minor)
}

#[test]
fn what_the_release_before_asks_for_is_due_at_once() {
    in_a_house(async |house: &House| {
        house
            .run(
                "insert into payonce.refunds (id, provider, provider_payment_id, amount_minor, currency, reason, state)
                 values (gen_random_uuid(), 'stripe', 'pi_old', 1, 'INR', 'duplicate', 'requested')",
            )
            .await;
        assert_eq!(house.count("payonce.refunds where next_attempt_at <= now() and attempts = 0").await, 1);
    });
}
