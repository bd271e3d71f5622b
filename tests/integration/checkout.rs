//! Checkout, from a basket to a provider's page and to paid: what a shop front sees.
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::till::{SERVICE_TOKEN, Till, at_a_till, at_a_till_with, new_key, order};
use serde_json::{Value, json};

/// Terms and prices as an owner would set them.
const TERMS: &str = "
  insert into payonce.terms_of_sale (currency, shipping_minor, shipping_free_from_minor, tax_basis_points, tax_inclusive)
  values ('INR', 5000, 100000, 1800, false);
  insert into payonce.credit_prices (provider, currency, unit_minor, least_credits, most_credits)
  values ('stripe', 'INR', 250, 10, 5000), ('razorpay', 'INR', 300, 1, 5000);
  insert into payonce.promotions (code, kind, value) values ('TENTH', 'percent', 10), ('SHIPFREE', 'free_shipping', 0), ('ALL', 'percent', 100)";

async fn account(till: &Till<'_>, key: &str) {
    till.house
        .run(&format!(
            "with a as (insert into payonce.billing_accounts (id, external_key, display_name, email)
               values (gen_random_uuid(), '{key}', 'Acme', 'books@acme.example') returning id)
             insert into payonce.credit_accounts (account_id) select id from a"
        ))
        .await;
}

#[test]
fn a_stripe_order_is_opened_paid_and_seen_as_paid() {
    at_a_till(async |till: &Till| {
        till.house.run(TERMS).await;
        till.house.stock("oolong", 33_333, 5).await;
        let mut wanted = order(Stripe, &[("oolong", 2)]);
        wanted["order"]["promo"] = "tenth".into();
        let opened = till.opened(&wanted).await;
        // 66,666 less 6,666 (a tenth, rounded down) and 5,000 shipping; 18 % of 65,000 is 11,700.
        assert_eq!(
            opened.body["cost"],
            json!({
                "subtotal_minor": 66_666, "discount_minor": 6_666, "shipping_minor": 5_000, "tax_minor": 11_700,
                "tax_included_minor": 0, "total_minor": 76_700, "promo": "TENTH",
            })
        );
        let session = opened.body["provider_order"].as_str().unwrap();
        let shown = till.stripe.shows(session).unwrap();
        assert_eq!(shown["amount_total"], 76_700);
        assert_eq!(shown["metadata"]["payonce_payment_id"], opened.body["payment"]);
        assert_eq!(opened.body["url"], shown["url"]);
        assert_eq!(till.house.count("payonce.inventory where held = 2 and stock = 5").await, 1);
        assert_eq!(till.standing(&opened).await.body["paid"], false);

        till.stripe.buyer_pays(session);
        assert!(till.deliver().await.contains(&"processed order_paid".to_owned()));
        let standing = till.standing(&opened).await;
        assert_eq!((standing.status, &standing.body["order_payment_status"]), (200, &json!("paid")));
        assert_eq!(standing.body["paid"], true);
        assert_eq!(till.house.count("payonce.inventory where held = 0 and stock = 3").await, 1);
    });
}

#[test]
fn a_razorpay_order_is_confirmed_by_its_callback_and_the_webhook_changes_nothing_more() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        assert_eq!(opened.body["key_id"], payonce_tests::providers::FakeRazorpay::KEY_ID);
        let paid = till.razorpay.buyer_pays(opened.body["provider_order"].as_str().unwrap());
        let callback = json!({
            "order": opened.body["order"], "razorpay_order_id": paid.order_id,
            "razorpay_payment_id": paid.payment_id, "razorpay_signature": paid.signature,
        });
        let confirmed = till.call("POST", "/v1/checkout/confirm", json!({}), &callback).await;
        assert_eq!(
            (confirmed.status, &confirmed.body["status"]),
            (200, &json!("paid")),
            "{}",
            confirmed.body
        );
        let again = till.call("POST", "/v1/checkout/confirm", json!({}), &callback).await;
        assert_eq!(again.body, confirmed.body);
        for outcome in till.deliver().await {
            assert!(
                ["processed already_captured", "processed no_change"].contains(&outcome.as_str()),
                "{outcome}"
            );
        }
        assert_eq!(till.house.stock_of("oolong").await, 4);
    });
}

#[test]
fn credits_are_sold_to_the_merchants_backend_at_the_houses_price() {
    at_a_till(async |till: &Till| {
        till.house.run(TERMS).await;
        account(till, "v2:tenant:acme").await;
        let wanted = json!({
            "provider": "stripe", "topup": { "account": "v2:tenant:acme", "credits": 40, "amount_minor": 1, "currency": "VND" },
            "success_url": "https://shop.example/thanks",
        });
        let opened = till.opened(&wanted).await;
        assert_eq!((&opened.body["amount_minor"], &opened.body["currency"]), (&json!(10_000), &json!("INR")));
        till.stripe.buyer_pays(opened.body["provider_order"].as_str().unwrap());
        assert!(till.deliver().await.contains(&"processed credits_granted".to_owned()));
        assert_eq!(till.standing(&opened).await.body["paid"], true);
        assert_eq!(till.house.count("payonce.credit_accounts where wallet = 40").await, 1);

        for (credits, code) in
            [(9, "credits_out_of_range"), (5_001, "credits_out_of_range"), (i64::MAX, "credits_out_of_range")]
        {
            let mut other = wanted.clone();
            other["topup"]["credits"] = credits.into();
            assert_eq!(till.checkout(&new_key(), &other).await.body["code"], code);
        }
        for token in ["", "another-service-token"] {
            let headers = json!({ "idempotency-key": new_key(), "x-service-token": token });
            let refused = till.call("POST", "/v1/checkout", headers, &wanted).await;
            assert_eq!((refused.status, &refused.body["code"]), (401, &json!("service_token_invalid")));
        }
        assert_eq!(till.house.count("payonce.payments").await, 1);
        assert_ne!(SERVICE_TOKEN, "another-service-token");
    });
}

#[test]
fn the_path_of_the_system_before_opens_a_checkout_too() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let headers = json!({ "idempotency-key": new_key() });
        let body = order(Razorpay, &[("oolong", 1)]);
        assert_eq!(till.call("POST", "/api/billing/checkout-session", headers, &body).await.status, 201);
    });
}

#[test]
fn an_order_that_costs_nothing_is_paid_at_once_and_asks_no_provider() {
    for provider in [Stripe, Razorpay] {
        at_a_till(async |till: &Till| {
            till.house.run(TERMS).await;
            till.house.run("delete from payonce.terms_of_sale").await;
            till.house.stock("oolong", 40_000, 5).await;
            let mut wanted = order(provider, &[("oolong", 1)]);
            wanted["order"]["promo"] = "ALL".into();
            let key = new_key();
            let opened = till.checkout(&key, &wanted).await;
            assert_eq!((opened.status, &opened.body["amount_minor"]), (201, &json!(0)), "{}", opened.body);
            assert_eq!(till.checkout(&key, &wanted).await.body, opened.body);
            assert_eq!(till.standing(&opened).await.body["order_payment_status"], "paid");
            assert_eq!((till.stripe.calls().len(), till.razorpay.calls().len()), (0, 0));
            assert_eq!(till.house.stock_of("oolong").await, 4);
        });
    }
}

#[test]
fn a_buyer_who_comes_back_gets_the_open_page_again_or_another_provider_and_pays_once() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let first = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let again = |provider: Provider| {
            json!({
                "provider": provider.name(), "again": { "order": first.body["order"], "token": first.body["token"] },
                "success_url": "https://shop.example/thanks",
            })
        };
        let same = till.opened(&again(Stripe)).await;
        assert_eq!((&same.body["payment"], &same.body["url"]), (&first.body["payment"], &first.body["url"]));
        let other = till.opened(&again(Razorpay)).await;
        assert_ne!(other.body["payment"], first.body["payment"]);
        assert_eq!(other.body["order"], first.body["order"]);
        let mut forged = again(Stripe);
        forged["again"]["token"] = other.body["token"].as_str().unwrap().replace("v1.", "v1.0").into();
        assert_eq!(till.checkout(&new_key(), &forged).await.status, 404);

        let paid = till.razorpay.buyer_pays(other.body["provider_order"].as_str().unwrap());
        till.deliver().await;
        assert_eq!(till.standing(&first).await.body["order_payment_status"], "paid");
        assert_eq!(till.checkout(&new_key(), &again(Stripe)).await.body["code"], "already_paid");

        // The other page is closed at Stripe; who had it open all the same and paid gets the money back.
        assert_eq!(till.sweep().await["closed"], 1);
        assert_eq!(
            till.stripe.shows(first.body["provider_order"].as_str().unwrap()).unwrap()["status"],
            "expired"
        );
        assert_eq!(till.sweep().await["closed"], 0);
        till.deliver().await;
        assert_eq!(till.house.count("payonce.payments where status = 'expired'").await, 1);
        assert!(!paid.payment_id.is_empty());
    });
}

#[test]
fn two_pages_of_one_order_both_paid_are_one_sale_and_one_refund_that_is_sent() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let first = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let again = json!({ "provider": "razorpay", "again": { "order": first.body["order"], "token": first.body["token"] } });
        let other = till.opened(&again).await;
        till.stripe.buyer_pays(first.body["provider_order"].as_str().unwrap());
        till.razorpay.buyer_pays(other.body["provider_order"].as_str().unwrap());
        till.deliver().await;
        assert_eq!(till.house.stock_of("oolong").await, 4);
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.stripe.refunds() + till.razorpay.refunds(), 1);
        till.deliver().await;
        assert_eq!(till.house.count("payonce.refunds where state = 'succeeded'").await, 1);
        assert_eq!(till.house.count("payonce.refunds").await, 1);
        assert_eq!(till.sweep().await["refunds_sent"], 0);
    });
}

#[test]
fn a_quote_costs_what_the_order_will_and_holds_nothing() {
    at_a_till(async |till: &Till| {
        till.house.run(TERMS).await;
        till.house.stock("oolong", 33_333, 5).await;
        let basket = json!({ "items": [{ "product": "oolong", "qty": 3, "unit_price_minor": 1 }], "promo": "SHIPFREE", "currency": "VND" });
        let quoted = till.call("POST", "/v1/checkout/quote", json!({}), &basket).await;
        assert_eq!(quoted.status, 200, "{}", quoted.body);
        assert_eq!(quoted.body["items"][0]["line_total_minor"], 99_999);
        assert_eq!(quoted.body["currency"], "INR");
        let mut wanted = order(Stripe, &[("oolong", 3)]);
        wanted["order"]["promo"] = "SHIPFREE".into();
        let opened = till.opened(&wanted).await;
        assert_eq!(opened.body["cost"], quoted.body["cost"]);
        assert_eq!(till.house.count("payonce.inventory where held = 3").await, 1);
    });
}

#[test]
fn an_unpaid_order_expires_its_goods_are_for_sale_again_and_late_money_is_fulfilled_or_goes_back() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let late = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        assert_eq!(
            till.checkout(&new_key(), &order(Stripe, &[("oolong", 1)])).await.body["code"],
            "out_of_stock"
        );
        till.house.ahead.set(std::time::Duration::from_secs(3 * 3_600));
        assert_eq!(till.sweep().await["expired"], 1);
        assert_eq!(till.sweep().await["expired"], 0);
        assert_eq!(
            till.house.count("payonce.orders where status = 'expired' and hold = 'released'").await,
            1
        );
        // Late money, and the piece is still there.
        till.razorpay.buyer_pays(late.body["provider_order"].as_str().unwrap());
        assert!(till.deliver().await.contains(&"processed order_paid".to_owned()));
        assert_eq!(till.house.stock_of("oolong").await, 0);
    });
}

#[test]
fn a_bank_debit_under_way_keeps_what_its_order_holds_beyond_its_time() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let opened = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let session = opened.body["provider_order"].as_str().unwrap();
        till.stripe.authorizes(session);
        till.deliver().await;
        till.house.ahead.set(std::time::Duration::from_secs(5 * 86_400));
        assert_eq!(till.sweep().await["expired"], 0);
        till.stripe.buyer_pays(session);
        till.deliver().await;
        assert_eq!(
            till.house.count("payonce.orders where payment_status = 'paid' and hold = 'used'").await,
            1
        );
    });
}

#[test]
fn a_buyer_who_left_in_the_middle_of_paying_frees_the_goods_though_no_webhook_tells() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        till.opened(&order(Stripe, &[("oolong", 1)])).await;
        // Asked for a second factor and left; the session's own end was told to nobody.
        till.house.run("update payonce.payments set status = 'requires_action'").await;
        till.house.ahead.set(std::time::Duration::from_secs(3 * 3_600));
        till.stripe.moves_ahead(std::time::Duration::from_secs(3 * 3_600));
        till.stripe.loses_events();
        assert_eq!(till.sweep().await["closed"], 1);
        assert_eq!(
            till.house.count("payonce.orders where status = 'expired' and hold = 'released'").await,
            1
        );
        assert_eq!(till.house.count("payonce.inventory where held = 0").await, 1);
        till.house.ahead.set(std::time::Duration::ZERO);
    });
}

#[test]
fn in_the_sandbox_nobody_is_asked_and_who_holds_the_sandbox_token_pays_once() {
    let sandbox = [
        ("PAYMENTS_MODE", "sandbox"),
        ("STRIPE_SECRET_KEY", ""),
        ("RAZORPAY_KEY_ID", ""),
        ("RAZORPAY_KEY_SECRET", ""),
    ];
    at_a_till_with(&sandbox, async |till: &Till| {
        till.house.stock("oolong", 40_000, 3).await;
        for provider in [Stripe, Razorpay] {
            let opened = till.opened(&order(provider, &[("oolong", 1)])).await;
            let pay = |token: &Value| json!({ "payment": opened.body["payment"], "token": token });
            let press = async |token: &Value| {
                till.call("POST", "/v1/checkout/sandbox-pay", json!({}), &pay(token)).await
            };
            assert_eq!(press(&opened.body["token"]).await.status, 404, "a receipt's token pays nothing");
            assert_eq!(press(&opened.body["sandbox_token"]).await.body["status"], "paid");
            assert_eq!(press(&opened.body["sandbox_token"]).await.body["status"], "paid");
        }
        assert_eq!(till.house.stock_of("oolong").await, 1);
        assert_eq!((till.stripe.calls().len(), till.razorpay.calls().len()), (0, 0));
    });
    at_a_till(async |till: &Till| {
        let pay = json!({ "payment": uuid::Uuid::nil(), "token": "v1.a.b.c" });
        let refused = till.call("POST", "/v1/checkout/sandbox-pay", json!({}), &pay).await;
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("not_in_sandbox")));
    });
}
