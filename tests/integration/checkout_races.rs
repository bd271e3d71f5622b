//! One payment told in many ways: the buyer's browser confirms, Razorpay's webhooks come, an operator replays, the buyer is
//! sent back and asks how it stands. In every order, and all at once: one effect.
use std::time::SystemTime;

use futures_util::future::join_all;
use payonce::answer::Answer;
use payonce::failure::REFUSALS;
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::{fulfilment, razorpay};
use payonce_tests::Contract;
use payonce_tests::providers::{Callback, Fault};
use payonce_tests::till::{Till, at_a_till, order};
use serde_json::{Value, json};
use uuid::Uuid;

/// An order paid at Razorpay, and all that tells of it.
struct Paid {
    opened: Answer,
    callback: Value,
    webhooks: Vec<String>,
}

async fn paid(till: &Till<'_>) -> Paid {
    let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
    let Callback { order_id, payment_id, signature } =
        till.razorpay.buyer_pays(opened.body["provider_order"].as_str().unwrap());
    let callback = json!({
        "payment": opened.body["payment"], "razorpay_order_id": order_id,
        "razorpay_payment_id": payment_id, "razorpay_signature": signature,
    });
    Paid { opened, callback, webhooks: till.razorpay.events() }
}

async fn confirm(till: &Till<'_>, callback: &Value) -> Answer {
    till.call("POST", "/v1/checkout/confirm", json!({}), callback).await
}

/// One of the ways in which a paid order is told.
async fn step(till: &Till<'_>, paid: &Paid, which: usize) {
    match which {
        0 => {
            let answer = confirm(till, &paid.callback).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(answer.body["status"], "paid");
        }
        1 => assert_eq!(till.standing(&paid.opened).await.status, 200),
        2 => replay(till, paid).await,
        other => {
            let body = &paid.webhooks[other - 3];
            assert_eq!(till.house.deliver(Razorpay, body).await.status, 200);
        }
    }
}

/// An operator takes up again whatever was stored of this payment.
async fn replay(till: &Till<'_>, paid: &Paid) {
    let of = format!(
        "select id from payonce.webhook_events where payment_id = '{}'",
        paid.opened.body["payment"].as_str().unwrap()
    );
    let stored = till.house.admin.query_typed(&of, &[]).await.unwrap();
    let (config, now) = (&till.house.config, SystemTime::now());
    for row in stored {
        let id: Uuid = row.get("id");
        fulfilment::replay(&till.house.db, &config.expected, config.retry, now, id).await.unwrap();
    }
}

async fn is_paid_once(till: &Till<'_>, paid: &Paid, what: &str) {
    let order = paid.opened.body["order"].as_str().unwrap();
    let books = [
        ("payonce.captures where verdict = 'settled' and order_id", 1),
        ("payonce.captures where order_id", 1),
        ("payonce.stock_movements where reason = 'sale' and order_id", 1),
        ("payonce.email_logs where ref_id", 1),
        ("payonce.orders where payment_status = 'paid' and id", 1),
    ];
    for (rows, n) in books {
        assert_eq!(till.house.count(&format!("{rows} = '{order}'")).await, n, "{what}: {rows}");
    }
    assert_eq!(till.house.count("payonce.refunds").await, 0, "{what}");
}

/// Every order of `0..n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for place in 0..n {
            let mut one = shorter.clone();
            one.insert(place, n - 1);
            all.push(one);
        }
    }
    all
}

#[test]
fn confirm_webhooks_replay_and_redirect_are_one_effect_in_every_order() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1_000).await;
        let told = 3 + paid(till).await.webhooks.iter().filter(|body| is_money(body)).count();
        assert_eq!(told, 5, "payment.captured and order.paid");
        for one_order in orders(told) {
            let mut paid = paid(till).await;
            paid.webhooks.retain(|body| is_money(body));
            for which in &one_order {
                step(till, &paid, *which).await;
            }
            is_paid_once(till, &paid, &format!("{one_order:?}")).await;
        }
    });
}

fn is_money(body: &str) -> bool {
    body.contains("\"payment.captured\"") || body.contains("\"order.paid\"")
}

#[test]
fn confirm_webhooks_replay_and_redirect_at_once_are_one_effect() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1_000).await;
        for round in 0..30 {
            let paid = paid(till).await;
            let all = (0..3 + paid.webhooks.len()).cycle().skip(round).take(2 * (3 + paid.webhooks.len()));
            join_all(all.map(|which| step(till, &paid, which))).await;
            is_paid_once(till, &paid, &format!("round {round}")).await;
        }
    });
}

#[test]
fn a_confirmation_that_is_not_signed_for_this_order_moves_nothing() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 10).await;
        let (one, other) = (paid(till).await, paid(till).await);
        let stripe = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let with = |change: &dyn Fn(&mut Value)| {
            let mut callback = one.callback.clone();
            change(&mut callback);
            callback
        };
        let (payment, signature) =
            (&one.callback["razorpay_payment_id"], one.callback["razorpay_signature"].as_str().unwrap());
        let of_a_subscription = payonce::secret::mac::hmac_sha256(
            payonce_tests::providers::FakeRazorpay::KEY_SECRET.as_bytes(),
            &[
                payment.as_str().unwrap().as_bytes(),
                b"|",
                one.opened.body["provider_order"].as_str().unwrap().as_bytes(),
            ],
        );
        let bad = [
            with(&|c| c["payment"] = other.opened.body["payment"].clone()),
            with(&|c| c["payment"] = stripe.body["payment"].clone()),
            with(&|c| c["payment"] = Uuid::nil().to_string().into()),
            with(&|c| c["razorpay_order_id"] = other.callback["razorpay_order_id"].clone()),
            with(&|c| c["razorpay_payment_id"] = other.callback["razorpay_payment_id"].clone()),
            with(&|c| c["razorpay_signature"] = other.callback["razorpay_signature"].clone()),
            with(&|c| c["razorpay_signature"] = signature.to_uppercase().into()),
            with(&|c| c["razorpay_signature"] = "".into()),
            with(&|c| c["razorpay_signature"] = payonce::secret::mac::to_hex(&of_a_subscription).into()),
        ];
        for callback in &bad {
            let answer = confirm(till, callback).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (400, Some("signature_mismatch")),
                "{callback}"
            );
        }
        assert_eq!(till.house.count("payonce.captures").await, 0);
        assert_eq!(
            confirm(till, &with(&|c| c["payment"] = Value::Null)).await.body["code"],
            "body_malformed"
        );
        let by_order = with(&|c| {
            c["payment"] = Value::Null;
            c["order"] = one.opened.body["order"].clone();
            c["razorpay_order_id"] = Value::Null;
        });
        assert_eq!(confirm(till, &by_order).await.body["status"], "paid");
    });
}

#[test]
fn what_razorpay_does_not_say_is_pending_until_the_webhook_decides() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 10).await;
        for fault in [Fault::FailBefore(500), Fault::DropBefore, Fault::FailBefore(429)] {
            let paid = paid(till).await;
            till.razorpay.plan(20, "GET /v1/payments", fault);
            let answer = confirm(till, &paid.callback).await;
            assert_eq!((answer.status, answer.body["status"].as_str()), (202, Some("pending")), "{fault:?}");
            till.razorpay.heal();
            assert_eq!(till.standing(&paid.opened).await.body["paid"], false);
            for body in &paid.webhooks {
                till.house.deliver(Razorpay, body).await;
            }
            assert_eq!(till.standing(&paid.opened).await.body["paid"], true);
        }
        // Authorized is not paid.
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        let held = till.razorpay.authorizes(opened.body["provider_order"].as_str().unwrap());
        let callback = json!({
            "order": opened.body["order"], "razorpay_payment_id": held.payment_id, "razorpay_signature": held.signature,
        });
        assert_eq!(confirm(till, &callback).await.body["status"], "pending");
        assert_eq!(till.standing(&opened).await.body["paid"], false);
        assert_eq!(
            razorpay::sign_checkout(
                &held.order_id,
                &held.payment_id,
                payonce_tests::providers::FakeRazorpay::KEY_SECRET
            ),
            held.signature
        );
    });
}

#[test]
fn every_code_that_sql_refuses_a_caller_with_is_in_some_description() {
    let (checkout, posts) = (Contract::of(checkout::OPENAPI), ["/v1/checkout", "/v1/checkout/quote"]);
    let described: Vec<String> = posts.iter().flat_map(|path| checkout.codes("POST", path)).collect();
    for code in REFUSALS {
        // Said to operators only, by the command.
        let to_operators =
            ["refund_impossible", "mismatch_decided", "reason_required", "second_person_required"]
                .contains(&code);
        assert_eq!(described.iter().any(|one| one == code), !to_operators, "{code}");
    }
}
