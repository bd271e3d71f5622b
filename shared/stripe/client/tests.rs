use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::inbox::event::RefundState;
use crate::inbox::retold::{OURS, at, ours};
use crate::money::Money;
use crate::outgoing::scripted::{Scripted, Turn, ok, status, within};

const STACK: &str = "payonce/test";

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

async fn told(turns: impl IntoIterator<Item = Turn>) -> (Scripted, Client) {
    let provider = Scripted::new(turns).await;
    let client = Client::new(&provider.base, "sk_test_hush").unwrap();
    (provider, client)
}

fn new_session(money: Money) -> NewSession<'static> {
    NewSession {
        payment: ours(),
        stack: STACK,
        idempotency_key: "key-1",
        money,
        title: "2 teas & 1 book",
        email: Some("mira@example.com"),
        success_url: Some("https://foxglove.example/thanks?a=1"),
        cancel_url: None,
        expires_at: at(1_760_003_600),
    }
}

fn session(id: &str, mark: &str, stack: &str) -> serde_json::Value {
    json!({
        "id": id, "object": "checkout.session", "status": "open", "url": "https://pay.example/1",
        "amount_total": 4200, "currency": "gbp", "payment_intent": null,
        "metadata": { "payonce_payment_id": mark, "payonce_stack": stack },
    })
}

fn list(items: &[serde_json::Value], more: bool) -> Turn {
    ok(json!({ "object": "list", "data": items, "has_more": more }).to_string())
}

#[tokio::test]
async fn a_session_asks_for_the_whole_amount_under_our_mark() {
    let (provider, client) = told([ok(session("cs_1", OURS, STACK).to_string())]).await;
    let made = client.create_session(within(2_000), &new_session(money(4_200, "GBP"))).await.unwrap();
    assert_eq!(made.id, "cs_1");
    assert_eq!(made.url.as_deref(), Some("https://pay.example/1"));
    assert_eq!(
        (made.state, made.mark, made.money),
        (SessionState::Open, Some(ours()), Some(money(4_200, "GBP")))
    );
    let heard = &provider.heard()[0];
    assert_eq!(heard.line, "POST /v1/checkout/sessions");
    for header in [
        "authorization: Bearer sk_test_hush",
        "idempotency-key: key-1",
        "stripe-version: 2025-03-31.basil",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert!(heard.head.lines().any(|line| line == header), "{header}");
    }
    let fields: Vec<&str> = heard.body.split('&').collect();
    assert_eq!(
        fields,
        [
            "mode=payment",
            &format!("client_reference_id={OURS}"),
            &format!("metadata%5Bpayonce_payment_id%5D={OURS}"),
            "metadata%5Bpayonce_stack%5D=payonce%2Ftest",
            &format!("payment_intent_data%5Bmetadata%5D%5Bpayonce_payment_id%5D={OURS}"),
            "payment_intent_data%5Bmetadata%5D%5Bpayonce_stack%5D=payonce%2Ftest",
            "line_items%5B0%5D%5Bquantity%5D=1",
            "line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=gbp",
            "line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=4200",
            "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=2%20teas%20%26%201%20book",
            "expires_at=1760003600",
            "customer_email=mira%40example.com",
            "success_url=https%3A%2F%2Ffoxglove.example%2Fthanks%3Fa%3D1",
        ]
    );
}

#[tokio::test]
async fn an_amount_goes_out_as_stripe_writes_it_or_nobody_is_asked() {
    let (provider, client) = told([ok(r#"{"id":"cs_1","amount_total":500,"currency":"isk"}"#)]).await;
    let made = client.create_session(within(2_000), &new_session(money(5, "ISK"))).await.unwrap();
    assert_eq!(made.money, Some(money(5, "ISK")));
    assert!(provider.heard()[0].body.contains("unit_amount%5D=500&"));
    let refused = client.create_session(within(2_000), &new_session(money(5_124, "KWD"))).await.unwrap_err();
    assert!(matches!(refused, Fault::Refused { status: 0, code, .. } if code == "amount_not_payable"));
    assert_eq!(provider.heard().len(), 1);
}

#[tokio::test]
async fn a_session_is_found_by_our_mark_on_whichever_page_it_is() {
    let other = "11111111-2222-4333-8444-555555555555";
    let first = [session("cs_3", other, STACK), session("cs_2", OURS, "payonce/prod")];
    let second = [session("cs_1", OURS, STACK)];
    let (provider, client) = told([list(&first, true), list(&second, true), list(&[], false)]).await;
    let found = client.session_of(within(2_000), ours(), STACK, at(1_760_000_000)).await.unwrap();
    assert_eq!(found.map(|session| session.id).as_deref(), Some("cs_1"));
    let query = "GET /v1/checkout/sessions?limit=100&created%5Bgte%5D=1760000000";
    assert_eq!(provider.lines(), [query.to_owned(), format!("{query}&starting_after=cs_2")]);

    let (_provider, client) = told([list(&first, false)]).await;
    assert_eq!(client.session_of(within(2_000), ours(), STACK, at(1)).await, Ok(None));
    // The last page may say that there is more.
    let (_provider, client) = told([list(&[], true)]).await;
    assert_eq!(client.session_of(within(2_000), ours(), STACK, at(1)).await, Ok(None));
}

#[tokio::test]
async fn a_search_without_end_ends_and_says_that_it_does_not_know() {
    let page = [session("cs_3", "", "")];
    let (provider, client) = told(std::iter::repeat_n(list(&page, true), 50)).await;
    let lost = client.session_of(within(5_000), ours(), STACK, at(1)).await.unwrap_err();
    assert!(matches!(lost, Fault::Unavailable { .. }), "{lost}");
    assert_eq!(provider.heard().len(), 20);
}

#[tokio::test]
async fn a_refund_names_its_payment_by_the_kind_of_id_it_has() {
    let body = |status: &str| {
        json!({
            "id": "re_1", "object": "refund", "status": status, "amount": 700, "currency": "gbp",
            "payment_intent": "pi_1", "charge": "ch_1", "metadata": { "payonce_refund_id": OURS },
        })
    };
    for (payment, reason, form) in [
        ("pi_1", "duplicate", "payment_intent=pi_1&amount=700"),
        ("ch_1", "unfulfillable", "charge=ch_1&amount=700"),
    ] {
        let (provider, client) = told([ok(body("pending").to_string())]).await;
        let new = NewRefund {
            id: ours(),
            idempotency_key: "key-1",
            provider_payment: payment,
            money: money(700, "GBP"),
            reason,
        };
        let made = client.create_refund(within(2_000), &new).await.unwrap();
        assert_eq!((made.ours, made.refund.state), (Some(ours()), RefundState::Pending));
        assert_eq!((made.refund.id.as_str(), made.refund.money), ("re_1", money(700, "GBP")));
        let heard = &provider.heard()[0];
        let told = if reason == "duplicate" { "&reason=duplicate" } else { "" };
        let expect = format!("{form}&metadata%5Bpayonce_refund_id%5D={OURS}{told}");
        assert_eq!((heard.line.as_str(), heard.body.as_str()), ("POST /v1/refunds", expect.as_str()));
        assert!(heard.head.contains("idempotency-key: key-1"));
    }
    let (provider, client) = told([list(&[body("succeeded")], true), list(&[body("failed")], false)]).await;
    let made = client.refunds_of(within(2_000), "pi_1").await.unwrap();
    let states: Vec<RefundState> = made.iter().map(|made| made.refund.state).collect();
    assert_eq!(states, [RefundState::Succeeded, RefundState::Failed]);
    let query = "GET /v1/refunds?payment_intent=pi_1&limit=100";
    assert_eq!(provider.lines(), [query.to_owned(), format!("{query}&starting_after=re_1")]);
}

#[tokio::test]
async fn a_payment_is_captured_when_it_succeeded_and_is_what_arrived() {
    let body = |status: &str| {
        format!(
            r#"{{"id":"pi_1","status":"{status}","amount":900,"amount_received":800,"currency":"mga","metadata":{{"payonce_payment_id":"{OURS}"}}}}"#
        )
    };
    let (provider, client) = told([ok(body("succeeded")), ok(body("processing"))]).await;
    let arrived = client.payment(within(2_000), "pi_1").await.unwrap();
    assert_eq!((arrived.captured, arrived.money, arrived.mark), (true, money(80_000, "MGA"), Some(ours())));
    let under_way = client.payment(within(2_000), "pi_1").await.unwrap();
    assert_eq!((under_way.captured, under_way.money), (false, money(90_000, "MGA")));
    assert_eq!(provider.lines()[0], "GET /v1/payment_intents/pi_1");
}

#[tokio::test]
async fn a_price_of_one_piece_has_an_amount_and_others_have_none() {
    let one = r#"{"id":"price_1","currency":"usd","unit_amount":2000,"active":true,"livemode":false}"#;
    let steps = r#"{"id":"price_2","currency":"usd","unit_amount":null,"active":false,"livemode":true}"#;
    let (provider, client) = told([ok(one), ok(steps)]).await;
    let price = client.price(within(2_000), "price_1").await.unwrap();
    assert_eq!((price.money, price.active, price.livemode), (Some(money(2_000, "USD")), true, false));
    let price = client.price(within(2_000), "price_2").await.unwrap();
    assert_eq!((price.money, price.active, price.livemode), (None, false, true));
    assert_eq!(provider.lines()[0], "GET /v1/prices/price_1");
}

#[tokio::test]
async fn an_event_asked_for_is_the_event_that_would_have_been_delivered() {
    let odd = r#"{ "id":"evt_2",  "object":"event","type":"customer.created","created":1760000000,"data":{"object":{"n":1.50}}}"#;
    let page = format!(r#"{{"object":"list","has_more":true,"data":[{odd},{{"id":"evt_1"}}]}}"#);
    let (provider, client) = told([ok(page), list(&[], false)]).await;
    let found = client.events(within(2_000), at(1_760_000_000), true, None).await.unwrap();
    assert_eq!(found.events[0].body(), odd, "to the byte");
    assert_eq!(crate::stripe::read(found.events[0].clone()).unwrap().key, "evt_2");
    assert_eq!(found.next.as_deref(), Some("evt_1"));
    let last = client.events(within(2_000), at(7), false, found.next.as_deref()).await.unwrap();
    assert!(last.events.is_empty() && last.next.is_none());
    assert_eq!(
        provider.lines(),
        [
            "GET /v1/events?limit=100&created%5Bgte%5D=1760000000&delivery_success=false",
            "GET /v1/events?limit=100&created%5Bgte%5D=7&starting_after=evt_1",
        ]
    );
}

#[tokio::test]
async fn stripe_s_no_keeps_its_code_and_a_key_in_use_is_no_no() {
    let error = r#"{"error":{"type":"invalid_request_error","code":"charge_already_refunded","message":"Charge ch_1 has already been refunded."}}"#;
    let (_provider, client) = told([status(400, error)]).await;
    let refused = client.create_session(within(2_000), &new_session(money(1, "USD"))).await.unwrap_err();
    let words = "Charge ch_1 has already been refunded.".to_owned();
    let code = "charge_already_refunded".to_owned();
    assert_eq!(refused, Fault::Refused { status: 400, code, detail: words });
    let (_provider, client) = told([status(401, r#"{"error":{"type":"invalid_request_error"}}"#)]).await;
    let refused = client.payment(within(2_000), "pi_1").await.unwrap_err();
    assert!(matches!(refused, Fault::Refused { status: 401, code, .. } if code == "invalid_request_error"));
    let in_use = status(409, r#"{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}"#);
    let (_provider, client) = told([in_use.clone(), in_use.clone(), in_use]).await;
    let busy = client.create_session(within(3_000), &new_session(money(1, "USD"))).await.unwrap_err();
    assert!(matches!(busy, Fault::Unavailable { detail } if detail.contains("idempotency_key_in_use")));
}

#[tokio::test]
async fn a_key_used_for_something_else_says_nothing_of_what_became_of_that() {
    let error = r#"{"error":{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters they were first used with."}}"#;
    let (provider, client) = told([status(400, error)]).await;
    let spent = client.create_session(within(2_000), &new_session(money(1, "USD"))).await.unwrap_err();
    assert!(matches!(spent, Fault::Unknown { answered: true, .. }), "{spent}");
    assert_eq!(provider.heard().len(), 1);
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
        b"<html>",
        b"\xff\xfe",
        br#"{"id":7}"#,
        br#"{"id":"../x"}"#,
        br#"{"id":"cs_1","id":"cs_2"}"#,
        br#"{"data":{}}"#,
        br#"{"data":[7],"has_more":true}"#,
        deep.as_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
        let (_provider, client) = told(std::iter::repeat_n(ok(body), 4)).await;
        let new = new_session(money(1, "USD"));
        let made = client.create_session(within(2_000), &new).await.unwrap_err();
        assert!(matches!(made, Fault::Unknown { answered: false, .. }), "{shown}: {made}");
        let found = client.session_of(within(2_000), ours(), STACK, at(1)).await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
        let found = client.payment(within(2_000), "pi_1").await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
        let found = client.refunds_of(within(2_000), "pi_1").await;
        assert!(matches!(found, Err(Fault::Unavailable { .. })), "{shown}: {found:?}");
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_never_asked_for() {
    let (provider, client) = told([]).await;
    for id in ["", "..", "pi_/../refunds", "pi_1?x", "ch_1", "pi_ 1", "PI_1", "pi_\u{e9}"] {
        let refused = client.payment(within(2_000), id).await.unwrap_err();
        assert!(matches!(refused, Fault::Refused { status: 0, .. }), "{id}");
        assert!(client.session(within(2_000), id).await.is_err());
        assert!(client.expire_session(within(2_000), id).await.is_err());
        assert!(client.price(within(2_000), id).await.is_err());
    }
    assert_eq!(provider.lines(), [""; 0]);
}

#[test]
fn times_before_1970_are_0() {
    assert_eq!(super::session::unix(SystemTime::UNIX_EPOCH - Duration::from_secs(9)), "0");
    assert_eq!(super::session::unix(at(7)), "7");
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
