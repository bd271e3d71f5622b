//! Money that is not what was asked: it waits for a person, then two accept it or it goes back, once.
use payonce::failure::Failure;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::mismatch::{self, Decision};
use payonce_tests::desk::{Paid, asked_for};
use payonce_tests::till::{Till, at_a_till, order};
use serde_json::{Value, json};
use uuid::Uuid;

const BOTH: [Provider; 2] = [Stripe, Razorpay];

async fn accept_as(
    till: &Till<'_>,
    paid: &Paid,
    actor: &str,
    second: &str,
    reason: &str,
) -> Result<String, Failure> {
    let now = till.house.now();
    let decision = Decision { provider: paid.provider, provider_payment: &paid.capture, actor, reason, now };
    mismatch::accept(&till.operator().await, &decision, second).await
}

pub(crate) async fn accept(till: &Till<'_>, paid: &Paid) -> Result<String, Failure> {
    accept_as(till, paid, "meera", "arjun", "a regular, and it is near").await
}

pub(crate) async fn refund(till: &Till<'_>, paid: &Paid) -> Result<(Uuid, i64), Failure> {
    let (actor, reason, now) = ("meera", "not what was asked", till.house.now());
    let decision = Decision { provider: paid.provider, provider_payment: &paid.capture, actor, reason, now };
    mismatch::refund(&till.operator().await, &decision).await
}

/// The code of a refusal.
pub(crate) fn code<T>(answer: Result<T, Failure>) -> &'static str {
    match answer {
        Err(Failure::Refused { code, .. }) => code,
        Err(other) => panic!("not a refusal: {other}"),
        Ok(_) => "not refused",
    }
}

async fn listed(till: &Till<'_>) -> Vec<Value> {
    mismatch::list(&till.operator().await, 100).await.expect("a list")
}

#[test]
fn an_order_paid_with_less_or_more_is_accepted_by_two_and_what_came_can_be_refunded() {
    for (provider, minor) in [(Stripe, 39_000), (Razorpay, 39_000), (Stripe, 41_500), (Razorpay, 41_500)] {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let opened = till.opened(&order(provider, &[("oolong", 1)])).await;
            let mut paid = asked_for(&opened);
            let asked = &paid.provider_order;
            paid.capture = match provider {
                Stripe => till.stripe.buyer_pays_instead(asked, minor, "INR"),
                Razorpay => till.razorpay.buyer_pays_instead(asked, minor, "INR").payment_id,
            };
            let mut bodies = [till.stripe.events(), till.razorpay.events()].concat();
            let last = bodies.pop().unwrap();
            for body in &bodies {
                till.house.outcome(provider, body).await;
            }
            assert_eq!(till.house.count("payonce.webhook_events where status = 'parked'").await, 1);
            let waits = &listed(till).await[0];
            assert_eq!((&waits["order"], &waits["amount_minor"]), (&json!(paid.order), &json!(minor)));
            assert_eq!((&waits["expected_minor"], &waits["currency"]), (&json!(40_000), &json!("INR")));
            assert_eq!(till.books(&paid).await, "mismatch 0 0 | -");

            assert_eq!(accept(till, &paid).await.unwrap(), "settled");
            assert!(listed(till).await.is_empty());
            assert_eq!(till.books(&paid).await, format!("paid 0 0 | paid 1 {minor} 0"));
            assert_eq!(till.house.stock_of("oolong").await, 4);
            let adjusted = till.house.value::<i64>("select adjusted_minor from payonce.captures").await;
            assert_eq!(adjusted, 40_000 - minor);
            let decided = till
                .house
                .text(
                    "select actor || ' ' || (detail ->> 'second_person') || ' ' || (detail ->> 'captured_minor') || ' of '
                       || (detail ->> 'expected_minor') from payonce.billing_audit_log where action = 'mismatch.accepted'",
                )
                .await;
            assert_eq!(decided, format!("meera arjun {minor} of 40000"));
            // What waited for it waits no more; whoever tells of it again tells nothing new.
            let outcome = till.house.text(
                "select status || ' ' || outcome from payonce.webhook_events where outcome like 'mismatch%'",
            );
            assert_eq!(outcome.await, "processed mismatch_accepted");
            assert_eq!(
                till.house.outcome(provider, bodies.last().unwrap()).await,
                "duplicate mismatch_accepted"
            );
            assert_eq!(till.house.outcome(provider, &last).await, "processed already_captured");
            till.house.hold_to_the_invariants().await;

            till.gives_back(&paid, Some(10_000)).await.unwrap();
            till.sweep().await;
            till.house.hold_to_the_invariants().await;
            assert_eq!(till.gives_back(&paid, None).await.unwrap().1, minor - 10_000);
            till.sweep().await;
            till.deliver().await;
            assert_eq!(till.books(&paid).await, format!("refunded {minor} 0 | refunded 1 {minor} {minor}"));
        });
    }
}

#[test]
fn credits_paid_with_less_or_more_are_accepted_and_go_as_their_money_goes() {
    for (provider, minor, books) in [
        (Stripe, 20_000, "partially_refunded 10000 0 | 50"),
        (Razorpay, 20_000, "partially_refunded 10000 0 | 50"),
        // Of 100 credits for 30,000 go floor(100 x 10,000 / 30,000).
        (Stripe, 30_000, "partially_refunded 10000 0 | 67"),
        (Razorpay, 30_000, "partially_refunded 10000 0 | 67"),
    ] {
        at_a_till(async |till: &Till| {
            let opened = till.opens_topup(provider, 100).await;
            let paid = till.pays_instead(&opened, minor, "INR").await;
            assert_eq!(till.books(&paid).await, "mismatch 0 0 | 0");
            assert_eq!(listed(till).await[0]["order"], Value::Null);
            assert_eq!(accept(till, &paid).await.unwrap(), "settled");
            assert_eq!(till.books(&paid).await, "paid 0 0 | 100");
            till.gives_back(&paid, Some(10_000)).await.unwrap();
            till.sweep().await;
            assert_eq!(till.books(&paid).await, books);
            till.house.hold_to_the_invariants().await;
            till.gives_back(&paid, None).await.unwrap();
            till.sweep().await;
            assert_eq!(till.books(&paid).await, format!("refunded {minor} 0 | 0"));
        });
    }
}

#[test]
fn one_person_cannot_accept_however_the_name_is_written_and_is_told_so() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let paid = till.pays_instead(&opened, 39_000, "INR").await;
        for second in ["meera", "MEERA", "Meera", " meera", "meera\u{20}", "", "  ", "m"] {
            let refused = accept_as(till, &paid, "meera", second, "it is near").await;
            assert_eq!(code(refused), "second_person_required", "{second:?}");
        }
        for (actor, reason) in [("", "it is near"), ("m ", "it is near"), ("meera", ""), ("meera", " no ")] {
            let refused = accept_as(till, &paid, actor, "arjun", reason).await;
            assert_eq!(code(refused), "reason_required", "{actor:?} {reason:?}");
        }
        let nobodys = Paid { capture: "pi_nobodys".into(), ..paid.clone() };
        assert_eq!(code(accept(till, &nobodys).await), "refund_impossible");
        assert_eq!(code(refund(till, &nobodys).await), "refund_impossible");
        assert_eq!(till.house.count("payonce.mismatch_decisions").await, 0);
        assert_eq!(till.books(&paid).await, "mismatch 0 0 | -");
        assert_eq!(
            code(till.gives_back(&paid, None).await),
            "refund_impossible",
            "that is decided, not just done"
        );
        assert_eq!(accept(till, &paid).await.unwrap(), "settled");
        // What settled as asked is no mismatch.
        let right = till.sells(Stripe, &[("oolong", 1)]).await;
        assert_eq!(code(accept(till, &right).await), "mismatch_decided");
        assert_eq!(code(refund(till, &right).await), "mismatch_decided");
        assert_eq!(till.refunds().await, [""; 0]);
    });
}

#[test]
fn money_of_another_currency_can_only_go_back() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let opened = till.opened(&order(provider, &[("oolong", 1)])).await;
            let paid = till.pays_instead(&opened, 40_000, "USD").await;
            assert_eq!(code(accept(till, &paid).await), "refund_impossible");
            assert_eq!(till.house.count("payonce.mismatch_decisions").await, 0);
            assert_eq!(refund(till, &paid).await.unwrap().1, 40_000);
            assert!(listed(till).await.is_empty());
            assert_eq!(till.house.count("payonce.webhook_events where status = 'parked'").await, 0);
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            till.deliver().await;
            assert_eq!(till.refunds().await, ["succeeded mismatch 40000"]);
            assert_eq!(till.house.text("select currency from payonce.refunds").await, "USD");
            assert_eq!(till.books(&paid).await, "refunded 40000 0 | -");
            assert_eq!(code(refund(till, &paid).await), "mismatch_decided");
            assert_eq!(till.house.stock_of("oolong").await, 5);
            // Its order can still be paid as asked.
            let again = json!({ "provider": "razorpay", "again": { "order": opened.body["order"], "token": opened.body["token"] } });
            let right = till.opened(&again).await;
            till.paid(&right).await;
            assert_eq!(till.house.stock_of("oolong").await, 4);
        });
    }
}

#[test]
fn a_refund_that_was_decided_and_failed_can_be_asked_for_again() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let opened = till.opened(&order(provider, &[("oolong", 1)])).await;
            let paid = till.pays_instead(&opened, 39_000, "INR").await;
            refund(till, &paid).await.unwrap();
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            till.refund_ends(provider, &till.last_sent().await, false);
            till.deliver().await;
            assert_eq!(till.books(&paid).await, "mismatch 0 0 | -");
            assert_eq!(code(accept(till, &paid).await), "mismatch_decided");
            till.gives_back(&paid, None).await.unwrap();
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(till.books(&paid).await, "refunded 39000 0 | -");
        });
    }
}

#[test]
fn what_is_accepted_when_the_goods_are_gone_goes_back() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 1).await;
            let opened = till.opened(&order(provider, &[("oolong", 1)])).await;
            let paid = till.pays_instead(&opened, 39_000, "INR").await;
            till.waits(3 * 60);
            till.sweep().await;
            till.deliver().await;
            till.sells(provider, &[("oolong", 1)]).await;
            assert_eq!(accept(till, &paid).await.unwrap(), "unfulfillable");
            assert_eq!(till.refunds().await, ["requested unfulfillable 39000"]);
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            till.deliver().await;
            assert_eq!(till.books(&paid).await, "refunded 39000 0 | refunded 1 40000 0");
            assert_eq!(till.house.stock_of("oolong").await, 0);
        });
    }
}

#[test]
fn what_is_accepted_when_the_order_was_paid_meanwhile_is_a_duplicate_and_goes_back() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        let odd = till.pays_instead(&opened, 39_000, "INR").await;
        let right = till.paid(&opened).await;
        assert_eq!(till.books(&right).await, "paid 0 0 | paid 1 40000 0");
        assert_eq!(accept(till, &odd).await.unwrap(), "duplicate");
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        till.deliver().await;
        assert_eq!(till.refunds().await, ["succeeded duplicate 39000"]);
        assert_eq!(till.books(&right).await, "paid 0 0 | paid 1 40000 0");
        // The same for credits.
        let opened = till.opens_topup(Razorpay, 100).await;
        let odd = till.pays_instead(&opened, 24_000, "INR").await;
        till.paid(&opened).await;
        assert_eq!(accept(till, &odd).await.unwrap(), "duplicate");
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.house.count("payonce.credit_accounts where wallet = 100").await, 1);
    });
}

#[test]
fn what_is_partly_gone_or_on_its_way_back_is_not_accepted() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let paid = till.pays_instead(&opened, 41_000, "INR").await;
        till.refunds_are_slow();
        let made = till.refund_at_the_desk(&paid, 1_000);
        till.deliver().await;
        assert_eq!(code(accept(till, &paid).await), "refund_impossible", "a thousand is on its way");
        till.refund_ends(Stripe, &made, true);
        till.deliver().await;
        assert_eq!(code(accept(till, &paid).await), "refund_impossible", "a thousand is gone");
        assert_eq!(refund(till, &paid).await.unwrap().1, 40_000);
        assert_eq!(till.sweep().await["refunds_sent"], 1);
    });
}
