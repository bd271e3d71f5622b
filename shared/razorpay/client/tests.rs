use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::inbox::event::RefundState;
use crate::inbox::retold::{OURS, ours};
use crate::money::Money;
use crate::outgoing::scripted::{Scripted, Turn, ok, status, within};

const STACK: &str = "payonce/test";

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

async fn told(turns: impl IntoIterator<Item = Turn>) -> (Scripted, Client) {
    let provider = Scripted::new(turns).await;
    let client = Client::new(&provider.base, "rzp_test_1", "hush").unwrap();
    (provider, client)
}

fn new_order(money: Money) -> NewOrder<'static> {
    NewOrder { payment: ours(), stack: STACK, money }
}

fn order(id: &str, status: &str, notes: Value) -> Value {
    json!({
        "id": id, "entity": "order", "amount": 42000, "amount_paid": 0, "amount_due": 42000, "currency": "INR",
        "receipt": OURS, "status": status, "attempts": 0, "notes": notes, "created_at": 1_760_000_000,
    })
}

fn collection(items: &[Value]) -> Turn {
    ok(json!({ "entity": "collection", "count": items.len(), "items": items }).to_string())
}

fn marks() -> Value {
    json!({ "payonce_payment_id": OURS, "payonce_stack": STACK })
}

#[tokio::test]
async fn an_order_asks_for_the_whole_amount_under_our_mark() {
    let (provider, client) = told([ok(order("order_1", "created", marks()).to_string())]).await;
    let made = client.create_order(within(2_000), &new_order(money(42_000, "INR"))).await.unwrap();
    assert_eq!((made.id.as_str(), made.state, made.mark), ("order_1", OrderState::Created, Some(ours())));
    assert_eq!((made.stack.as_deref(), made.money), (Some(STACK), money(42_000, "INR")));
    let heard = &provider.heard()[0];
    assert_eq!(heard.line, "POST /v1/orders");
    let expect = json!({ "amount": 42000, "currency": "INR", "receipt": OURS, "notes": marks() });
    assert_eq!(serde_json::from_str::<Value>(&heard.body).unwrap(), expect);
    // rzp_test_1:hush
    for header in ["authorization: Basic cnpwX3Rlc3RfMTpodXNo", "content-type: application/json"] {
        assert!(heard.head.lines().any(|line| line == header), "{header}: {}", heard.head);
    }
}

#[tokio::test]
async fn an_order_is_never_asked_for_twice_whatever_the_answer() {
    for turn in [Turn::Drop, Turn::Cut, status(500, ""), status(429, ""), status(409, ""), status(408, "")] {
        let (provider, client) = told([turn.clone(), turn.clone(), turn.clone()]).await;
        assert!(client.create_order(within(3_000), &new_order(money(42_000, "INR"))).await.is_err());
        assert_eq!(provider.lines(), ["POST /v1/orders"], "{turn:?}");
    }
}

#[tokio::test]
async fn an_amount_razorpay_cannot_take_is_refused_and_nobody_is_asked() {
    let (provider, client) = told([]).await;
    for unpayable in
        [money(99, "INR"), money(0, "INR"), money(0, "JPY"), money(5_124, "KWD"), money(-100, "USD")]
    {
        let refused = client.create_order(within(2_000), &new_order(unpayable)).await.unwrap_err();
        let named =
            matches!(&refused, Fault::Refused { status: 0, code, .. } if code == "amount_not_payable");
        assert!(named, "{unpayable}: {refused}");
    }
    assert_eq!(provider.lines(), [""; 0]);
    assert_eq!(payable(money(100, "INR")), Some(100));
    assert_eq!(payable(money(1, "JPY")), Some(1));
    assert_eq!(payable(money(5_120, "KWD")), Some(5_120));
}

#[tokio::test]
async fn of_several_orders_of_one_payment_the_one_that_got_furthest_is_found() {
    let others = json!({ "payonce_payment_id": OURS, "payonce_stack": "payonce/prod" });
    let items = [
        order("order_4", "created", marks()),
        order("order_3", "paid", others),
        order("order_2", "attempted", json!([])),
        order("order_1", "created", marks()),
    ];
    let (provider, client) = told([collection(&items), collection(&[])]).await;
    let found = client.order_of(within(2_000), ours(), STACK).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.state), ("order_2", OrderState::Attempted));
    assert_eq!(provider.lines(), [format!("GET /v1/orders?receipt={OURS}&count=100")]);
    assert_eq!(client.order_of(within(2_000), ours(), STACK).await, Ok(None));
}

#[tokio::test]
async fn a_refund_carries_our_id_as_key_receipt_and_note() {
    let body = |status: Value| {
        json!({
            "id": "rfnd_1", "entity": "refund", "amount": 700, "currency": "INR", "payment_id": "pay_1",
            "notes": { "payonce_refund_id": OURS }, "receipt": OURS, "status": status, "speed_processed": "normal",
        })
    };
    for (status, state) in [
        (json!("processed"), RefundState::Succeeded),
        (json!("pending"), RefundState::Pending),
        (json!("failed"), RefundState::Failed),
        (json!(null), RefundState::Pending),
    ] {
        let (provider, client) = told([Turn::Drop, ok(body(status).to_string())]).await;
        let new = NewRefund { id: ours(), provider_payment: "pay_1", money: money(700, "INR") };
        let made = client.create_refund(within(2_000), &new).await.unwrap();
        assert_eq!((made.ours, made.refund.state), (Some(ours()), state));
        assert_eq!((made.refund.id.as_str(), made.refund.money), ("rfnd_1", money(700, "INR")));
        let heard = provider.heard();
        assert_eq!(heard.len(), 2, "the key makes it safe to repeat");
        for heard in heard {
            assert_eq!(heard.line, "POST /v1/payments/pay_1/refund");
            assert!(heard.head.contains(&format!("x-refund-idempotency: {OURS}")));
            let note = json!({ "payonce_refund_id": OURS });
            let expect = json!({ "amount": 700, "speed": "normal", "receipt": OURS, "notes": note });
            assert_eq!(serde_json::from_str::<Value>(&heard.body).unwrap(), expect);
        }
    }
}

#[tokio::test]
async fn the_refunds_of_a_payment_are_read_to_the_last_page() {
    let item = |notes: Value| json!({ "id": "rfnd_1", "amount": 1, "currency": "INR", "payment_id": "pay_1", "status": "processed", "notes": notes });
    let whole = vec![item(json!([])); 100];
    let rest = [item(json!({ "payonce_refund_id": OURS }))];
    let (provider, client) = told([collection(&whole), collection(&rest)]).await;
    let made = client.refunds_of(within(2_000), "pay_1").await.unwrap();
    assert_eq!(made.len(), 101);
    assert_eq!((made[0].ours, made[100].ours), (None, Some(ours())));
    let query = "GET /v1/payments/pay_1/refunds?count=100&skip=";
    assert_eq!(provider.lines(), [format!("{query}0"), format!("{query}100")]);
}

#[tokio::test]
async fn a_payment_is_captured_only_when_nothing_in_it_denies_it() {
    let body = |status: &str, captured: bool| {
        json!({
            "id": "pay_1", "entity": "payment", "amount": 42000, "currency": "INR", "status": status,
            "order_id": "order_1", "captured": captured, "notes": marks(),
        })
    };
    for (status, flag, captured) in [
        ("captured", true, true),
        ("refunded", true, true),
        ("authorized", true, false),
        ("authorized", false, false),
        ("captured", false, false),
        ("failed", false, false),
    ] {
        let (provider, client) = told([ok(body(status, flag).to_string())]).await;
        let found = client.payment(within(2_000), "pay_1").await.unwrap();
        assert_eq!((found.captured, found.money), (captured, money(42_000, "INR")), "{status} {flag}");
        assert_eq!(found.provider_order.as_deref(), Some("order_1"));
        assert_eq!((found.mark, found.stack.as_deref()), (Some(ours()), Some(STACK)));
        assert_eq!(provider.lines(), ["GET /v1/payments/pay_1"]);
    }
    let attempts = [body("captured", true), body("failed", false)];
    let (provider, client) = told([collection(&attempts)]).await;
    let found = client.payments_of(within(2_000), "order_1").await.unwrap();
    assert_eq!(found.iter().map(|payment| payment.captured).collect::<Vec<_>>(), [true, false]);
    assert_eq!(provider.lines(), ["GET /v1/orders/order_1/payments"]);
}

#[tokio::test]
async fn razorpay_s_no_keeps_its_code_and_a_refund_in_progress_is_no_no() {
    let error = r#"{"error":{"code":"BAD_REQUEST_ERROR","description":"The payment has been fully refunded already","source":"NA"}}"#;
    let new = NewRefund { id: ours(), provider_payment: "pay_1", money: money(700, "INR") };
    let (_provider, client) = told([status(400, error)]).await;
    let refused = client.create_refund(within(2_000), &new).await.unwrap_err();
    let detail = "The payment has been fully refunded already".to_owned();
    assert_eq!(refused, Fault::Refused { status: 400, code: "BAD_REQUEST_ERROR".into(), detail });
    let (provider, client) = told(std::iter::repeat_n(status(409, error), 3)).await;
    let busy = client.create_refund(within(3_000), &new).await.unwrap_err();
    assert!(matches!(busy, Fault::Unavailable { .. }), "{busy}");
    assert_eq!(provider.heard().len(), 3);
}

#[tokio::test]
async fn an_answer_nobody_can_read_is_unknown_of_a_post_and_unavailable_of_a_get() {
    let deep = "[".repeat(200_000);
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"OK",
        b"\xff\xfe",
        br#"{"id":7}"#,
        br#"{"id":"order_1"}"#,
        br#"{"id":"order_1","amount":"42000","currency":"INR"}"#,
        br#"{"id":"order_1","amount":42000.0,"currency":"INR"}"#,
        br#"{"id":"order_1","id":"order_2","amount":42000,"currency":"INR"}"#,
        br#"{"items":{}}"#,
        br#"{"items":[7]}"#,
        deep.as_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
        let (_provider, client) = told(std::iter::repeat_n(ok(body), 5)).await;
        let made = client.create_order(within(2_000), &new_order(money(42_000, "INR"))).await.unwrap_err();
        assert!(matches!(made, Fault::Unknown { answered: false, .. }), "{shown}: {made}");
        let new = NewRefund { id: ours(), provider_payment: "pay_1", money: money(700, "INR") };
        let made = client.create_refund(within(2_000), &new).await.unwrap_err();
        assert!(matches!(made, Fault::Unknown { answered: false, .. }), "{shown}: {made}");
        let found = client.order_of(within(2_000), ours(), STACK).await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
        let found = client.payment(within(2_000), "pay_1").await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
        let found = client.refunds_of(within(2_000), "pay_1").await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_never_asked_for() {
    let (provider, client) = told([]).await;
    for id in ["", "..", "pay_/../orders", "pay_1?x", "order_1", "pay_ 1", "PAY_1"] {
        let refused = client.payment(within(2_000), id).await.unwrap_err();
        assert!(matches!(refused, Fault::Refused { status: 0, .. }), "{id}");
        assert!(client.refunds_of(within(2_000), id).await.is_err());
        let new = NewRefund { id: ours(), provider_payment: id, money: money(700, "INR") };
        assert!(client.create_refund(within(2_000), &new).await.is_err());
    }
    assert!(client.payments_of(within(2_000), "pay_1").await.is_err());
    assert_eq!(provider.lines(), [""; 0]);
}

proptest! {
    #[test]
    fn whatever_an_answer_is_reading_it_ends(body in any::<Vec<u8>>(), text in ".{0,200}") {
        for body in [body.as_slice(), text.as_bytes(), format!(r#"{{"error":{text}}}"#).as_bytes()] {
            let _ = answer::error(body);
            let _ = answer::page(body);
        }
    }
}
