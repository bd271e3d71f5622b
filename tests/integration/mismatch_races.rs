//! Money that is not what was asked: decided once, whoever decides at the same moment and whatever money comes in meanwhile.
use futures_util::future::{join, join_all};
use payonce::failure::Failure;
use payonce::fulfilment;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::mismatch::{self, Decision};
use payonce_tests::{Basket, Checkout, House, in_a_house};
use tokio_postgres::Client;

use crate::furnish::one_paisa_short;

const ATLAS: Basket<'static> =
    Basket { buyer: "ravi@example.com", lines: &[("atlas", 1)], promo: None, provider: Stripe, key: None };
const ACCOUNT: &str = "v2:tenant:of-the-mismatches";

fn decision<'a>(house: &House, provider: Provider, money: &'a str) -> Decision<'a> {
    let (actor, reason) = ("meera", "a paisa is a paisa");
    Decision { provider, provider_payment: money, actor, reason, now: house.now() }
}

async fn accept(house: &House, client: &Client, money: &str) -> Result<String, Failure> {
    mismatch::accept(client, &decision(house, Stripe, money), "ravi").await
}

fn code(failure: &Failure) -> &'static str {
    failure.code()
}

/// An order at Stripe, or credits, whose money came but for one paisa.
async fn short(house: &House, client: &Client, topup: bool) -> (Checkout, String) {
    let checkout = match topup {
        true => house.hold_topup(client, ACCOUNT, 9, Stripe).await.unwrap(),
        false => house.hold(client, &ATLAS).await.unwrap(),
    };
    let money = one_paisa_short(house, &checkout).await;
    (checkout, money)
}

async fn verdicts(house: &House, checkout: &Checkout) -> String {
    house
        .text(&format!(
            "select string_agg(verdict || ' ' || adjusted_minor, ', ' order by verdict collate \"C\") from payonce.captures
             where payment_id = '{}' or order_id = '{}'",
            checkout.payment, checkout.order
        ))
        .await
}

#[test]
fn a_mismatch_accepted_by_eight_at_once_is_accepted_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        house.sell_credits(ACCOUNT).await;
        let clients = join_all((0..8).map(|_| house.as_checkout())).await;
        for topup in [false, true] {
            let (checkout, money) = short(house, &clients[0], topup).await;
            let answers = join_all(clients.iter().map(|client| accept(house, client, &money))).await;
            let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert_eq!(accepted.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["settled"]);
            assert!(
                refused.iter().all(|answer| answer.as_ref().is_err_and(|e| code(e) == "mismatch_decided"))
            );
            assert_eq!(verdicts(house, &checkout).await, "settled 1");
            assert_eq!(house.payment_state(&checkout).await, "paid");
        }
        assert_eq!(house.count("payonce.webhook_events where status = 'parked'").await, 0);
        assert_eq!(house.shelf("atlas").await, (99, 0));
        assert_eq!(
            house.text("select string_agg(wallet::text, ' ') from payonce.credit_accounts").await,
            "9"
        );
    });
}

#[test]
fn of_accepting_and_giving_back_at_once_one_is_decided() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let (one, other) = (house.as_checkout().await, house.as_checkout().await);
        for _ in 0..10 {
            let (checkout, money) = short(house, &one, false).await;
            let wish = decision(house, Stripe, &money);
            let (accepted, back) = join(accept(house, &one, &money), mismatch::refund(&other, &wish)).await;
            match (&accepted, &back) {
                (Ok(verdict), Err(refused)) => {
                    assert_eq!((verdict.as_str(), code(refused)), ("settled", "mismatch_decided"));
                    assert_eq!(house.order_state(&checkout).await, "confirmed/paid");
                }
                (Err(refused), Ok((_, minor))) => {
                    assert_eq!((code(refused), *minor), ("mismatch_decided", 899));
                    assert_eq!(house.order_state(&checkout).await, "new/pending");
                }
                both => panic!("{both:?}"),
            }
        }
        assert_eq!(house.count("payonce.mismatch_decisions").await, 10);
    });
}

#[test]
fn a_mismatch_accepted_while_the_right_sum_comes_in_pays_once_and_the_other_money_goes_back() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        house.sell_credits(ACCOUNT).await;
        let client = house.as_checkout().await;
        for round in 0..20 {
            let topup = round % 2 == 1;
            let (checkout, money) = short(house, &client, topup).await;
            // The order is paid at the other provider, the credits once more under the same payment.
            let mut right = checkout.clone();
            if topup {
                right.told.provider_payment.push_str("again");
            } else {
                right = house.hold_again(&client, &checkout.order, Razorpay, None).await.unwrap();
            }
            let paid = right.paid();
            let (verdict, outcome) =
                join(accept(house, &client, &money), house.outcome(right.provider, &paid)).await;
            let effect = if topup { "processed credits_granted" } else { "processed order_paid" };
            match verdict.unwrap().as_str() {
                "settled" => {
                    assert_eq!(outcome, "processed duplicate_capture");
                    assert_eq!(verdicts(house, &checkout).await, "duplicate 0, settled 1");
                }
                other => {
                    assert_eq!((other, outcome.as_str()), ("duplicate", effect));
                    assert_eq!(verdicts(house, &checkout).await, "duplicate 0, settled 0");
                }
            }
        }
        assert_eq!(
            house.count("payonce.refunds where reason = 'duplicate' and state = 'requested'").await,
            20
        );
        assert_eq!(house.shelf("atlas").await, (90, 0));
        assert_eq!(house.text("select wallet::text from payonce.credit_accounts").await, "90");
    });
}

#[test]
fn a_mismatch_accepted_while_its_event_comes_again_and_is_replayed_is_accepted_once() {
    in_a_house(async |house: &House| {
        house.stock("atlas", 900, 100).await;
        let client = house.as_checkout().await;
        for _ in 0..10 {
            let (checkout, money) = short(house, &client, false).await;
            let event =
                format!("select id from payonce.webhook_events where payment_id = '{}'", checkout.payment);
            let event = house.value(&event).await;
            let twin = checkout.tells_with("checkout.session.completed", |told| told.money.minor -= 1);
            let replay =
                fulfilment::replay(&house.db, &house.config.expected, house.config.retry, house.now(), event);
            let told = join(replay, house.outcome(Stripe, &twin));
            let (verdict, (replayed, twin)) = join(accept(house, &client, &money), told).await;
            assert_eq!(verdict.unwrap(), "settled");
            assert!(
                ["parked payment_amount_mismatch", "processed already_captured"].contains(&twin.as_str()),
                "{twin}"
            );
            let outcome = replayed.unwrap().map(|settled| settled.outcome);
            assert!(
                outcome
                    .as_deref()
                    .is_none_or(|one| ["payment_amount_mismatch", "already_captured"].contains(&one)),
                "{outcome:?}"
            );
            assert_eq!(verdicts(house, &checkout).await, "settled 1");
        }
        assert_eq!(house.count("payonce.webhook_events where status <> 'processed'").await, 0);
    });
}
