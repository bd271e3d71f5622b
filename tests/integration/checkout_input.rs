//! What a caller of checkout may get wrong, and the code each gets; and what a closed gate lets through: nothing.
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::till::{Till, at_a_till, at_a_till_with, invocation, new_key, order};
use serde_json::{Value, json};

#[test]
fn each_bad_request_gets_its_code_writes_nothing_and_asks_no_provider() {
    at_a_till(async |till: &Till| {
        shop(till).await;
        let good = order(Stripe, &[("oolong", 1)]);
        let with = |change: &dyn Fn(&mut Value)| {
            let mut body = good.clone();
            change(&mut body);
            body
        };
        let cases: Vec<(Value, u16, &str)> = vec![
            (json!([]), 400, "body_malformed"),
            (json!({}), 400, "body_malformed"),
            (with(&|b| b["provider"] = "paypal".into()), 400, "body_malformed"),
            (with(&|b| b["topup"] = json!({ "account": "a", "credits": 1 })), 400, "body_malformed"),
            (with(&|b| b["order"] = Value::Null), 400, "body_malformed"),
            (with(&|b| b["order"]["items"] = json!([])), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = 0.into()), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = (-1).into()), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = json!(1.5)), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = "1".into()), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = 10_001.into()), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["qty"] = json!(1e40)), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["product"] = "a\u{0}b".into()), 400, "body_malformed"),
            (
                with(&|b| {
                    b["order"]["items"] =
                        json!([{ "product": "oolong", "qty": 1 }, { "product": "oolong", "qty": 1 }])
                }),
                400,
                "body_malformed",
            ),
            (with(&|b| b["order"]["email"] = "asha".into()), 400, "body_malformed"),
            (
                with(&|b| b["order"]["email"] = "asha@example.com\r\nbcc: all@example.com".into()),
                400,
                "body_malformed",
            ),
            (with(&|b| b["order"]["contact"]["name"] = "Asha\nRao".into()), 400, "body_malformed"),
            (with(&|b| b["order"]["contact"]["card"] = "4242".into()), 400, "body_malformed"),
            (with(&|b| b["success_url"] = Value::Null), 400, "body_malformed"),
            (with(&|b| b["order"]["items"][0]["product"] = "lapsang".into()), 422, "product_unavailable"),
            (with(&|b| b["order"]["items"][0]["variant"] = "250g".into()), 422, "product_unavailable"),
            (with(&|b| b["order"]["items"][0]["product"] = "withdrawn".into()), 422, "product_unavailable"),
            (
                with(&|b| {
                    b["order"]["items"] =
                        json!([{ "product": "oolong", "qty": 1 }, { "product": "dollars", "qty": 1 }])
                }),
                422,
                "currencies_mixed",
            ),
            (with(&|b| b["order"]["items"][0]["qty"] = 6.into()), 409, "out_of_stock"),
            (
                with(&|b| b["order"]["items"][0] = json!({ "product": "palace", "qty": 10_000 })),
                422,
                "amount_out_of_range",
            ),
            (with(&|b| b["order"]["promo"] = "NOBODYS".into()), 422, "promo_unknown"),
            (with(&|b| b["order"]["promo"] = "off".into()), 422, "promo_unknown"),
            (with(&|b| b["order"]["promo"] = "SOON".into()), 422, "promo_unknown"),
            (with(&|b| b["order"]["promo"] = "OVER".into()), 422, "promo_expired"),
            (with(&|b| b["order"]["promo"] = "USED".into()), 422, "promo_used_up"),
            (
                json!({ "provider": "stripe", "topup": { "account": "v2:tenant:nobody", "credits": 10 }, "success_url": "https://shop.example" }),
                422,
                "account_unknown",
            ),
        ];
        let before = till.rows().await - till.house.count("payonce.customers").await;
        for (body, status, code) in &cases {
            let answer = till.checkout(&new_key(), body).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (*status, Some(*code)),
                "{body}: {}",
                answer.body
            );
            assert_eq!(answer.body["request_id"], "req-test");
        }
        for (key, code) in [
            ("", "idempotency_key_missing"),
            ("too-short", "idempotency_key_missing"),
            (&"k".repeat(201), "idempotency_key_missing"),
        ] {
            let answer = till.checkout(key, &good).await;
            assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some(code)));
        }
        let rows = till.rows().await - till.house.count("payonce.customers").await;
        assert_eq!(rows, before, "the service's calls are not counted, and nothing else is written");
        assert_eq!((till.stripe.calls().len(), till.razorpay.calls().len()), (0, 0));
    });
}

#[test]
fn buyers_are_sent_back_to_listed_origins_only() {
    at_a_till(async |till: &Till| {
        shop(till).await;
        for bad in [
            "https://evil.example/",
            "http://shop.example/",
            "https://shop.example.evil.example/",
            "https://shop.example@evil.example/",
            "https://shop.example:8443/",
            "//shop.example/",
            "javascript:alert(1)",
            "https://shop.example\\@evil.example/",
            "https://shop.example\n.evil.example",
            "HTTPS://shop.example%40evil.example",
            "https://shop.example%2eevil.example/",
            "",
        ] {
            for field in ["success_url", "cancel_url"] {
                let mut body = order(Stripe, &[("oolong", 1)]);
                body[field] = bad.into();
                let answer = till.checkout(&new_key(), &body).await;
                assert_eq!(
                    (answer.status, answer.body["code"].as_str()),
                    (400, Some("url_not_allowed")),
                    "{bad}"
                );
            }
        }
        for good in [
            "https://shop.example",
            "https://shop.example/a?b=c#d",
            "https://shop.example/t?s={CHECKOUT_SESSION_ID}",
        ] {
            let mut body = order(Stripe, &[("oolong", 1)]);
            body["success_url"] = good.into();
            assert_eq!(till.checkout(&new_key(), &body).await.status, 201, "{good}");
        }
    });
}

#[test]
fn a_closed_gate_writes_no_row_and_asks_no_provider_whatever_closed_it() {
    let posts = |order_id: &str| {
        vec![
            ("/v1/checkout", order(Stripe, &[("oolong", 1)])),
            ("/v1/checkout", order(Razorpay, &[("oolong", 1)])),
            ("/v1/checkout/quote", json!({ "items": [{ "product": "oolong", "qty": 1 }] })),
            (
                "/v1/checkout/confirm",
                json!({ "order": order_id, "razorpay_payment_id": "pay_1", "razorpay_signature": "0" }),
            ),
            ("/v1/checkout/sandbox-pay", json!({ "payment": uuid::Uuid::nil(), "token": "v1" })),
        ]
    };
    let stays_closed = async |till: &Till<'_>, why: &str| {
        let (rows, calls) = (till.rows().await, till.stripe.calls().len() + till.razorpay.calls().len());
        for (path, body) in posts("ORD-00000000000000000000000000") {
            let headers = json!({ "idempotency-key": new_key() });
            let answer = till.call("POST", path, headers, &body).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (503, Some("payments_disabled")),
                "{why} {path}"
            );
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.starts_with("Live payments are disabled"), "{detail}");
            assert!(detail.contains(why), "{detail}: {why}");
        }
        assert_eq!(till.rows().await, rows, "{why}");
        assert_eq!(till.stripe.calls().len() + till.razorpay.calls().len(), calls, "{why}");
    };
    at_a_till_with(&[("PAYMENTS_MODE", "disabled")], async |till: &Till| {
        shop(till).await;
        stays_closed(till, "PAYMENTS_MODE").await;
    });
    at_a_till_with(&[("STAGE", "another")], async |till: &Till| stays_closed(till, "another stack").await);
    at_a_till_with(
        &[("DATABASE_URL", "postgres://nobody@127.0.0.1:9/none?sslmode=disable")],
        async |till: &Till| {
            stays_closed(till, "does not answer").await;
        },
    );
    at_a_till(async |till: &Till| {
        shop(till).await;
        let name = &till.house.name;
        let newest = till.house.text("select max(version) from payonce.schema_migrations").await;
        for (shut, open, why) in [
            (
                format!("update payonce.schema_migrations set version = 'older' where version = '{newest}'"),
                format!("update payonce.schema_migrations set version = '{newest}' where version = 'older'"),
                "schema is behind",
            ),
            (
                format!("alter schema {} rename to payonce_gone", payonce::db::release::schema()),
                format!("alter schema payonce_gone rename to {}", payonce::db::release::schema()),
                "not installed",
            ),
        ] {
            till.house.run(&shut).await;
            stays_closed(till, why).await;
            till.house.run(&open).await;
            assert_eq!(
                till.checkout(&new_key(), &order(Stripe, &[("oolong", 1)])).await.status,
                201,
                "{name} opens again at once"
            );
        }
    });
}

#[test]
fn one_address_calls_so_often_a_minute_whatever_it_writes_into_its_headers() {
    at_a_till_with(&[("CHECKOUT_RATE_LIMIT_RPM", "3")], async |till: &Till| {
        shop(till).await;
        let basket = json!({ "items": [{ "product": "oolong", "qty": 1 }] });
        let ask = async |ip: &str, forwarded: &str| {
            let headers = json!({ "x-forwarded-for": forwarded });
            let mut asked = invocation("POST", "/v1/checkout/quote", headers, basket.to_string().into());
            asked["requestContext"]["http"]["sourceIp"] = ip.into();
            till.invoke(asked).await
        };
        for n in 0..3 {
            assert_eq!(ask("192.0.2.7", &format!("198.51.100.{n}")).await.status, 200);
        }
        let refused = ask("192.0.2.7", "203.0.113.9").await;
        assert_eq!((refused.status, refused.body["code"].as_str()), (429, Some("rate_limited")));
        assert!(refused.headers.iter().any(|(name, value)| *name == "retry-after" && value == "60"));
        assert_eq!(ask("192.0.2.8", "192.0.2.7").await.status, 200);
        till.house.ahead.set(std::time::Duration::from_secs(60));
        assert_eq!(ask("192.0.2.7", "").await.status, 200);
    });
}

#[test]
fn what_is_shown_of_a_checkout_is_for_who_holds_its_token_and_everybody_else_hears_the_same() {
    at_a_till(async |till: &Till| {
        shop(till).await;
        let (one, other) = (
            till.opened(&order(Stripe, &[("oolong", 1)])).await,
            till.opened(&order(Stripe, &[("oolong", 1)])).await,
        );
        let ask = async |order: &Value, token: &str| {
            till.call(
                "GET",
                &format!("/v1/checkout/{}?token={token}", order.as_str().unwrap()),
                json!({}),
                &Value::Null,
            )
            .await
        };
        let token = one.body["token"].as_str().unwrap();
        assert_eq!(ask(&one.body["order"], token).await.status, 200);
        let nowhere = ask(&json!("ORD-00000000000000000000000000"), token).await;
        for (order, token) in [
            (&other.body["order"], token),
            (&one.body["order"], ""),
            (&one.body["payment"], token),
            (&json!("ORD-U"), token),
            (&one.body["order"], &token[..token.len() - 1]),
        ] {
            let answer = ask(order, token).await;
            assert_eq!((answer.status, &answer.body), (404, &nowhere.body));
        }
        till.house.ahead.set(std::time::Duration::from_secs(5 * 3_600));
        assert_eq!(ask(&one.body["order"], token).await.status, 404, "its time is over");
    });
}

#[test]
fn a_buyer_cannot_rename_a_customer_by_ordering_in_their_name() {
    at_a_till(async |till: &Till| {
        shop(till).await;
        till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let mut other = order(Stripe, &[("oolong", 1)]);
        other["order"]["email"] = "ASHA.Rao@example.com".into();
        other["order"]["contact"]["name"] = "Mallory".into();
        till.opened(&other).await;
        assert_eq!(till.house.count("payonce.customers where name = 'Asha Rao'").await, 1);
        assert_eq!(till.house.count("payonce.customers where name = 'Mallory'").await, 0);
        assert_eq!(till.house.count("payonce.orders where contact ->> 'name' = 'Mallory'").await, 1);
    });
}

#[test]
fn the_sample_invocations_are_answered() {
    at_a_till(async |till: &Till| {
        till.house
            .run(
                "insert into payonce.products (slug, name, currency, price_minor) values
                   ('malgudi-days', 'Malgudi Days', 'INR', 39900), ('monsoon-masala-chai', 'Monsoon Masala Chai', 'INR', 34900);
                 insert into payonce.inventory (product_slug, variant, stock) values
                   ('malgudi-days', '', 5), ('monsoon-masala-chai', 'fiery', 5);
                 insert into payonce.stock_movements (product_slug, variant, delta, reason, actor)
                   select product_slug, variant, stock, 'opening', 'test' from payonce.inventory;
                 insert into payonce.promotions (code, kind, value) values ('MONSOON10', 'percent', 10)",
            )
            .await;
        for (name, status, amount) in [("quote", 200, 98_730), ("order", 201, 109_700)] {
            let file = format!("{}/../events/checkout/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let sample = std::fs::read_to_string(file).expect("the sample");
            let answer = till.invoke(serde_json::from_str(&sample).expect("JSON")).await;
            assert_eq!(answer.status, status, "{name}: {}", answer.body);
            let told = answer.body["cost"]["total_minor"].as_i64();
            assert_eq!(told, Some(amount), "{name}: {}", answer.body);
        }
    });
}

async fn shop(till: &Till<'_>) {
    till.house.stock("oolong", 40_000, 6).await;
    till.house.stock("withdrawn", 40_000, 5).await;
    till.house.stock("dollars", 40_000, 5).await;
    till.house.stock("palace", 900_000_000_000, 20_000).await;
    till.house
        .run(
            "update payonce.products set status = 'archived' where slug = 'withdrawn';
             update payonce.products set currency = 'USD' where slug = 'dollars';
             insert into payonce.promotions (code, kind, value, starts_at, ends_at, usage_limit, usage_count, status) values
               ('OFF', 'percent', 10, null, null, null, 0, 'disabled'),
               ('SOON', 'percent', 10, now() + interval '1 day', null, null, 0, 'active'),
               ('OVER', 'percent', 10, null, now() - interval '1 second', null, 0, 'active');
             insert into payonce.promotions (code, kind, value, usage_limit) values ('USED', 'percent', 10, 1)",
        )
        .await;
    // An order by another buyer holds it.
    let customer =
        "insert into payonce.customers (id, email) values (gen_random_uuid(), 'first@example.com')";
    till.house.run(customer).await;
    let order = payonce::order::OrderId::of(uuid::Uuid::now_v7());
    till.house
        .run(&format!(
            "select {}.hold_order('{order}', (select id from payonce.customers where email = 'first@example.com'),
               array['oolong'], array[''], array[1::bigint], 'USED', '{{}}', false, now(), now() + interval '2 hours')",
            payonce::db::release::schema()
        ))
        .await;
}
