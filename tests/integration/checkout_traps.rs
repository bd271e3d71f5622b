//! Checkout where it once went wrong: what a buyer, a provider or an attacker may do that nobody expects.
use std::time::{Duration, SystemTime};

use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::inbox::SamplePayment;
use payonce::razorpay;
use payonce_tests::inr;
use payonce_tests::providers::{Callback, Fault};
use payonce_tests::till::{Till, at_a_till, new_key, order};
use serde_json::{Value, json};

const AN_HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn whoever_confirms_after_the_webhook_is_not_told_paid_when_the_money_goes_back() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let late = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        till.house.ahead.set(3 * AN_HOUR);
        till.stripe.moves_ahead(3 * AN_HOUR);
        till.sweep().await;
        let other = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        till.stripe.buyer_pays(other.body["provider_order"].as_str().unwrap());
        till.deliver().await;

        let Callback { order_id, payment_id, signature } =
            till.razorpay.buyer_pays(late.body["provider_order"].as_str().unwrap());
        assert!(till.deliver().await.contains(&"processed order_unfulfillable".to_owned()));
        let callback = json!({
            "order": late.body["order"], "razorpay_order_id": order_id,
            "razorpay_payment_id": payment_id, "razorpay_signature": signature,
        });
        let told = till.call("POST", "/v1/checkout/confirm", json!({}), &callback).await;
        assert_eq!(told.body["status"], "refunding", "{}", told.body);
    });
}

#[test]
fn what_a_provider_definitely_refused_is_not_held_against_the_same_buyers_next_try() {
    at_a_till(async |till: &Till| {
        till.house.stock("sticker", 50, 1).await;
        let refused = till.checkout(&new_key(), &order(Razorpay, &[("sticker", 1)])).await;
        assert_eq!(refused.body["code"], "amount_not_payable", "{}", refused.body);
        // "take the other one", it said.
        let other = till.checkout(&new_key(), &order(Stripe, &[("sticker", 1)])).await;
        assert_eq!(other.status, 201, "{}", other.body);
    });
}

#[test]
fn a_key_that_is_tried_again_when_stripe_takes_its_time_no_more_says_that_it_is_over() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let (key, wanted) = (new_key(), order(Stripe, &[("oolong", 1)]));
        till.stripe.plan(3, "POST /v1/checkout/sessions", Fault::FailBefore(503));
        assert_eq!(till.checkout(&key, &wanted).await.body["code"], "provider_unavailable");
        till.stripe.heal();
        let late = Duration::from_secs(95 * 60);
        till.house.ahead.set(late);
        till.stripe.moves_ahead(late);
        let again = till.checkout(&key, &wanted).await;
        assert_eq!(again.body["code"], "checkout_over", "{}", again.body);
        assert_eq!(till.checkout(&new_key(), &wanted).await.status, 201, "the piece is free again");
    });
}

#[test]
fn a_note_that_the_buyers_browser_wrote_keeps_no_order_held() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        // Razorpay's page opened with the public key id and no order: amount and notes are the buyer's own.
        let mut told = SamplePayment::new(Razorpay, "Forged1", inr(100));
        told.mark = opened.body["payment"].as_str().unwrap().parse().ok();
        let body = razorpay::sample("payment.authorized", &told, SystemTime::now()).unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body["payload"]["payment"]["entity"]["order_id"] = Value::Null;
        let answer = till.house.deliver(Razorpay, &body.to_string()).await;
        assert_eq!(answer.status, 200);
        till.house.ahead.set(3 * AN_HOUR);
        assert_eq!(till.sweep().await["expired"], 1, "{}", answer.body);
    });
}

#[test]
fn a_promotion_that_no_database_can_store_is_unknown_and_no_alarm() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let mut wanted = order(Stripe, &[("oolong", 1)]);
        wanted["order"]["promo"] = "A\u{0}B".into();
        let answer = till.checkout(&new_key(), &wanted).await;
        assert!(answer.status < 500, "{}", answer.body);
    });
}

#[test]
fn an_account_that_no_database_can_store_is_unknown_and_no_alarm() {
    at_a_till(async |till: &Till| {
        let wanted = json!({ "provider": "razorpay", "topup": { "account": "a\u{0}", "credits": 1 } });
        let answer = till.checkout(&new_key(), &wanted).await;
        assert!(answer.status < 500, "{}", answer.body);
    });
}

#[test]
fn rupees_off_are_not_dollars_off() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 60_000, 5).await;
        till.house
            .run(
                "update payonce.products set currency = 'USD';
                 insert into payonce.promotions (code, kind, value, currency) values ('FIVEHUNDREDRUPEES', 'flat', 50000, 'INR')",
            )
            .await;
        let mut wanted = order(Stripe, &[("oolong", 1)]);
        wanted["order"]["promo"] = "FIVEHUNDREDRUPEES".into();
        let answer = till.checkout(&new_key(), &wanted).await;
        assert_ne!(answer.body["amount_minor"], 10_000, "$600 for $100");
    });
}

#[test]
fn a_taxed_basket_in_dinars_can_be_paid() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 10_010, 5).await;
        till.house
            .run(
                "update payonce.products set currency = 'KWD';
                 insert into payonce.terms_of_sale (currency, tax_basis_points) values ('KWD', 500)",
            )
            .await;
        let answer = till.checkout(&new_key(), &order(Stripe, &[("oolong", 1)])).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    });
}

#[test]
fn a_price_that_changes_while_an_order_is_written_changes_all_of_it_or_nothing() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        // The window is a few hundred microseconds; here it is half a second.
        till.house
            .run(
                "create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end';
                 create trigger slow after insert on payonce.orders for each row execute function public.slow()",
            )
            .await;
        let (wanted, key) = (order(Stripe, &[("oolong", 1)]), new_key());
        let owner = async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            till.house.run("update payonce.products set price_minor = 50000").await;
        };
        let (answer, ()) = tokio::join!(till.checkout(&key, &wanted), owner);
        assert_eq!(answer.status, 201, "{}", answer.body);
        // I07 speaks at the end.
        assert_eq!(
            till.house.count("payonce.orders o join payonce.order_items i on i.order_id = o.id where o.subtotal_minor <> i.line_total_minor").await,
            0
        );
    });
}

#[test]
fn the_callback_of_the_first_page_is_believed_after_a_second_was_opened() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let first = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        till.house.ahead.set(Duration::from_secs(117 * 60));
        let again = json!({ "provider": "razorpay", "again": { "order": first.body["order"], "token": first.body["token"] } });
        let second = till.opened(&again).await;
        assert_ne!(first.body["provider_order"], second.body["provider_order"]);
        let Callback { order_id, payment_id, signature } =
            till.razorpay.buyer_pays(first.body["provider_order"].as_str().unwrap());
        let callback = json!({
            "order": first.body["order"], "razorpay_order_id": order_id,
            "razorpay_payment_id": payment_id, "razorpay_signature": signature,
        });
        let told = till.call("POST", "/v1/checkout/confirm", json!({}), &callback).await;
        assert_eq!(told.body["status"], "paid", "{}", told.body);
    });
}

#[test]
fn after_a_transfer_that_failed_the_buyer_gets_a_page_that_can_be_paid() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let first = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let session = first.body["provider_order"].as_str().unwrap();
        till.stripe.authorizes(session);
        till.stripe.declines(session);
        till.deliver().await;
        let again = json!({
            "provider": "stripe", "again": { "order": first.body["order"], "token": first.body["token"] },
            "success_url": "https://shop.example/thanks",
        });
        let second = till.opened(&again).await;
        let shown = till.stripe.shows(second.body["provider_order"].as_str().unwrap()).unwrap();
        assert_eq!(shown["status"], "open");
    });
}

#[test]
fn a_call_whose_answer_was_lost_on_the_way_from_the_database_is_not_in_its_own_way() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let proxy = payonce_tests::Proxy::start(&till.house.cluster.pool).await;
        let url = till.house.url_at(proxy.port);
        let there = Till::open(till.house, &[("DATABASE_URL", &url)]).await;
        assert_eq!(
            there
                .call(
                    "POST",
                    "/v1/checkout/quote",
                    json!({}),
                    &json!({ "items": [{ "product": "oolong", "qty": 1 }] })
                )
                .await
                .status,
            200
        );
        // Slow enough that exactly its answer is the one that gets lost.
        till.house
            .run(
                "create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.6); return null; end';
                 create trigger slow after insert on payonce.payments for each row execute function public.slow()",
            )
            .await;
        let (key, wanted) = (new_key(), order(Razorpay, &[("oolong", 1)]));
        let lose = async {
            tokio::time::sleep(Duration::from_millis(350)).await;
            proxy.lose_answers(1);
        };
        let (answer, ()) = tokio::join!(there.checkout(&key, &wanted), lose);
        assert_eq!(answer.status, 201, "{}", answer.body);
    });
}

#[test]
fn an_order_for_nothing_that_could_not_be_settled_is_settled_by_the_same_key() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        till.house
            .run("insert into payonce.promotions (code, kind, value) values ('ALL', 'percent', 100)")
            .await;
        let mut wanted = order(Razorpay, &[("oolong", 1)]);
        wanted["order"]["promo"] = "ALL".into();
        let planted =
            "alter table payonce.stock_movements add constraint planted check (reason <> 'sale') not valid";
        till.house.run(planted).await;
        let key = new_key();
        let first = till.checkout(&key, &wanted).await;
        assert_eq!((first.status, first.body["code"].as_str()), (503, Some("no_answer")), "{}", first.body);
        till.house.run("alter table payonce.stock_movements drop constraint planted").await;
        let waited = Duration::from_secs(16);
        till.house.ahead.set(waited);
        let again = till.checkout(&key, &wanted).await;
        assert_eq!(again.status, 201, "{}", again.body);
        assert_eq!(till.standing(&again).await.body["paid"], true);
        assert_eq!(till.house.stock_of("oolong").await, 0);
        till.house.ahead.set(Duration::ZERO);
    });
}
