use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::config::{RazorpayKey, StripeKey};
use crate::inbox::Provider::{Razorpay, Stripe};
use crate::inbox::event::RefundState;
use crate::inbox::retold::{OURS, at, ours};
use crate::money::Money;
use crate::outgoing::scripted::{Scripted, Turn, ok, status, within};

const STACK: &str = "payonce/test";

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

fn ask(faulted: u16) -> Ask<'static> {
    Ask {
        payment: ours(),
        faulted,
        stack: STACK,
        money: money(42_000, "INR"),
        title: "2 teas",
        email: None,
        success_url: Some("https://foxglove.example/thanks"),
        cancel_url: None,
        expires_at: at(1_760_003_600),
        created_at: at(1_760_000_000),
    }
}

fn back(faulted: u16, provider_payment: &'static str) -> RefundAsk<'static> {
    let money = money(700, "INR");
    RefundAsk { id: ours(), faulted, provider_payment, money, reason: "requested_by_customer" }
}

fn sandbox() -> Gateways {
    let mode = PaymentsMode::Sandbox;
    Gateways::new(&Gateway { mode, livemode: false, stripe: None, razorpay: None }).unwrap()
}

/// Both providers at one address.
async fn live(turns: impl IntoIterator<Item = Turn>) -> (Scripted, Gateways) {
    let provider = Scripted::new(turns).await;
    let ring = |value| Ring::new([("current", value)]);
    let stripe = Some(StripeKey { base: provider.base.clone(), secret: ring("sk_test_hush") });
    let razorpay =
        Some(RazorpayKey { base: provider.base.clone(), id: "rzp_test_1".into(), secret: ring("hush") });
    let config = Gateway { mode: PaymentsMode::Live, livemode: false, stripe, razorpay };
    (provider, Gateways::new(&config).unwrap())
}

fn session(status: &str) -> serde_json::Value {
    let url = (status == "open").then_some("https://pay.example/1");
    json!({ "id": "cs_1", "status": status, "url": url, "metadata": { "payonce_payment_id": OURS } })
}

fn order() -> serde_json::Value {
    json!({ "id": "order_1", "amount": 42000, "currency": "INR", "receipt": OURS, "status": "created", "notes": [] })
}

fn told(value: &serde_json::Value) -> Turn {
    ok(value.to_string())
}

fn listed(items: &[serde_json::Value]) -> Turn {
    ok(json!({ "data": items, "items": items, "has_more": false }).to_string())
}

#[tokio::test]
async fn a_payment_is_opened_at_its_provider() {
    let (provider, gateways) = live([told(&session("open")), told(&order())]).await;
    let opened = gateways.open(within(2_000), Stripe, &ask(0), false).await.unwrap();
    let url = Some("https://pay.example/1".to_owned());
    assert_eq!(opened, Opened { provider_order: "cs_1".into(), url });
    let opened = gateways.open(within(2_000), Razorpay, &ask(0), false).await.unwrap();
    assert_eq!(opened, Opened { provider_order: "order_1".into(), url: None });
    assert_eq!(provider.lines(), ["POST /v1/checkout/sessions", "POST /v1/orders"]);
}

#[tokio::test]
async fn a_resumed_payment_is_looked_for_before_a_new_one_is_made() {
    for found in [true, false] {
        let sessions = if found { vec![session("open")] } else { vec![] };
        let orders = if found { vec![order()] } else { vec![] };
        let made = [told(&session("open")), told(&order())];
        for (provider, list, made, lines) in [
            (
                Stripe,
                listed(&sessions),
                made[0].clone(),
                [
                    "GET /v1/checkout/sessions?limit=100&created%5Bgte%5D=1759999940",
                    "POST /v1/checkout/sessions",
                ],
            ),
            (
                Razorpay,
                listed(&orders),
                made[1].clone(),
                [&format!("GET /v1/orders?receipt={OURS}&count=100"), "POST /v1/orders"],
            ),
        ] {
            let (heard, gateways) = live([list, made]).await;
            gateways.open(within(2_000), provider, &ask(0), true).await.unwrap();
            assert_eq!(heard.lines(), lines[..if found { 1 } else { 2 }]);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_stays_unknown_and_nothing_new_is_made() {
    for provider in [Stripe, Razorpay] {
        for (turn, key_refused) in [
            (Turn::Drop, false),
            (status(500, ""), false),
            (status(429, ""), false),
            (status(401, ""), true),
            (ok("[]"), false),
        ] {
            let (heard, gateways) = live(std::iter::repeat_n(turn, 3)).await;
            let fault = gateways.open(within(3_000), provider, &ask(0), true).await.unwrap_err();
            match key_refused {
                // No answer about the payment, and another key may get one.
                true => assert!(fault.is_about_our_key(), "{fault}"),
                false => assert!(matches!(fault, Fault::Unknown { answered: false, .. }), "{fault}"),
            }
            let payment = if provider == Stripe { "pi_1" } else { "pay_1" };
            let fault = gateways.refund(within(3_000), provider, &back(0, payment)).await.unwrap_err();
            assert!(matches!(fault, Fault::Unknown { answered: false, .. }), "{fault}");
            assert!(heard.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", heard.lines());
        }
    }
}

#[tokio::test]
async fn a_key_is_the_id_until_a_5xx_was_kept_under_it() {
    let refund = json!({ "id": "re_1", "amount": 700, "currency": "inr", "status": "pending", "payment_intent": "pi_1" });
    for (faulted, key) in [(0, OURS.to_owned()), (2, format!("{OURS}-2"))] {
        let (provider, gateways) = live([told(&session("open")), listed(&[]), told(&refund)]).await;
        gateways.open(within(2_000), Stripe, &ask(faulted), false).await.unwrap();
        gateways.refund(within(2_000), Stripe, &back(faulted, "pi_1")).await.unwrap();
        for heard in provider.heard().into_iter().filter(|heard| heard.head.starts_with("POST ")) {
            let header = format!("idempotency-key: {key}");
            assert!(heard.head.lines().any(|line| line == header), "{key}: {}", heard.head);
        }
    }
}

#[tokio::test]
async fn a_refund_is_found_by_our_id_and_made_only_when_it_is_not_there() {
    let refund = |ours: &str| {
        let marked = json!({ "payonce_refund_id": ours });
        json!({
            "id": "re_1", "amount": 700, "currency": "INR", "status": "failed", "payment_intent": "pi_1",
            "payment_id": "pay_1", "metadata": marked, "notes": marked,
        })
    };
    for (provider, payment, made_at) in
        [(Stripe, "pi_1", "POST /v1/refunds"), (Razorpay, "pay_1", "POST /v1/payments/pay_1/refund")]
    {
        let (heard, gateways) = live([listed(&[refund(OURS)])]).await;
        let found = gateways.refund(within(2_000), provider, &back(0, payment)).await.unwrap();
        assert_eq!((found.provider_refund.as_str(), found.state), ("re_1", RefundState::Failed));
        assert_eq!(found.money, money(700, "INR"));
        assert_eq!(heard.lines().len(), 1);

        let other = refund("11111111-2222-4333-8444-555555555555");
        let (heard, gateways) = live([listed(&[other]), told(&refund(OURS))]).await;
        gateways.refund(within(2_000), provider, &back(0, payment)).await.unwrap();
        assert_eq!(heard.lines()[1], made_at);
    }
}

#[tokio::test]
async fn a_session_is_closed_or_it_is_said_why_not() {
    let no = status(400, r#"{"error":{"type":"invalid_request_error","message":"not open"}}"#);
    for (turns, expect) in [
        (vec![told(&session("expired"))], Ok(Expiry::Expired)),
        (vec![no.clone(), told(&session("expired"))], Ok(Expiry::Expired)),
        (vec![no.clone(), told(&session("complete"))], Ok(Expiry::Completed)),
        (vec![no.clone(), told(&session("open"))], Err("refused")),
        (vec![no.clone(), status(404, "")], Err("refused")),
        (vec![Turn::Drop, Turn::Drop, Turn::Drop, told(&session("complete"))], Ok(Expiry::Completed)),
        (vec![Turn::Drop, no.clone(), told(&session("expired"))], Ok(Expiry::Expired)),
        (vec![told(&session("open")), told(&session("open"))], Err("unknown")),
        (vec![ok("[]"), told(&session("open"))], Err("unknown")),
    ] {
        let (heard, gateways) = live(turns.clone()).await;
        let closed = gateways.expire(within(3_000), Stripe, "cs_1").await.map_err(|fault| match fault {
            Fault::Refused { .. } => "refused",
            Fault::Unavailable { .. } => "unavailable",
            Fault::Unknown { .. } => "unknown",
        });
        assert_eq!(closed, expect, "{turns:?}");
        assert_eq!(heard.lines()[0], "POST /v1/checkout/sessions/cs_1/expire");
    }
    let (heard, gateways) = live([]).await;
    assert_eq!(gateways.expire(within(2_000), Razorpay, "order_1").await, Ok(Expiry::NotSupported));
    assert!(gateways.expire(within(2_000), Stripe, "../refunds").await.is_err());
    assert_eq!(heard.lines(), [""; 0]);
}

#[tokio::test]
async fn a_payment_is_fetched_in_the_same_words_from_either() {
    let intent = json!({ "id": "pi_1", "status": "succeeded", "amount_received": 42000, "currency": "inr" });
    let payment = json!({
        "id": "pay_1", "status": "captured", "captured": true, "amount": 42000, "currency": "INR",
        "order_id": "order_1", "notes": { "payonce_payment_id": OURS, "payonce_stack": STACK },
    });
    let (_heard, gateways) = live([told(&intent), told(&payment)]).await;
    let fetched = gateways.payment(within(2_000), Stripe, "pi_1").await.unwrap();
    let (provider_order, mark, stack) = (None, None, None);
    let money = money(42_000, "INR");
    let provider_payment = "pi_1".to_owned();
    assert_eq!(fetched, Fetched { provider_payment, provider_order, money, captured: true, mark, stack });
    let fetched = gateways.payment(within(2_000), Razorpay, "pay_1").await.unwrap();
    let (provider_order, mark, stack) = (Some("order_1".to_owned()), Some(ours()), Some(STACK.to_owned()));
    let provider_payment = "pay_1".to_owned();
    assert_eq!(fetched, Fetched { provider_payment, provider_order, money, captured: true, mark, stack });
}

#[tokio::test]
async fn the_sandbox_answers_by_itself_and_twice_the_same() {
    let gateways = sandbox();
    let over = Instant::now() - Duration::from_secs(1);
    for (provider, order, refund) in [
        (
            Stripe,
            "cs_test_sandbox_0198f3a05b7e7c449d2a6f0c1e8b4a11",
            "re_sandbox_0198f3a05b7e7c449d2a6f0c1e8b4a11",
        ),
        (Razorpay, "order_sandbox2a6f0c1e8b4a11", "rfnd_sandbox2a6f0c1e8b4a11"),
    ] {
        for again in [false, true] {
            let opened = gateways.open(over, provider, &ask(0), again).await.unwrap();
            assert_eq!(opened, Opened { provider_order: order.into(), url: None });
            let refunded = gateways.refund(over, provider, &back(0, "pi_1")).await.unwrap();
            let state = RefundState::Succeeded;
            assert_eq!(
                refunded,
                Refunded { provider_refund: refund.into(), state, money: money(700, "INR") }
            );
        }
        assert_eq!(gateways.expire(over, provider, order).await, Ok(Expiry::Expired));
        let little = Ask { money: money(5_124, "KWD"), ..ask(0) };
        let refused = gateways.open(over, provider, &little, false).await.unwrap_err();
        assert!(matches!(refused, Fault::Refused { code, .. } if code == "amount_not_payable"));
        assert!(gateways.payment(over, provider, "pay_1").await.is_err());
    }
    let (one, other) = (Ask { payment: Uuid::now_v7(), ..ask(0) }, Ask { payment: Uuid::now_v7(), ..ask(0) });
    assert_ne!(
        gateways.open(over, Razorpay, &one, false).await.unwrap(),
        gateways.open(over, Razorpay, &other, false).await.unwrap()
    );
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_never_asked() {
    let (heard, gateways) = live([]).await;
    let off = Gateways { mode: PaymentsMode::Disabled, ..gateways };
    for provider in [Stripe, Razorpay] {
        assert!(!off.serves(provider) && sandbox().serves(provider));
        let fault = off.open(within(1_000), provider, &ask(0), true).await.unwrap_err();
        assert!(
            matches!(&fault, Fault::Refused { status: 0, code, .. } if code == "provider_not_served"),
            "{fault}"
        );
        assert!(off.expire(within(1_000), provider, "cs_1").await.is_err());
        assert!(off.payment(within(1_000), provider, "pi_1").await.is_err());
        assert!(off.refund(within(1_000), provider, &back(0, "pi_1")).await.is_err());
    }
    assert_eq!(heard.lines(), [""; 0]);
}
