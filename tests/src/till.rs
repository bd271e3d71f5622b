//! The checkout function in a house, and the providers it asks: Stripe and Razorpay over HTTP, with faults when a test
//! plans some.
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use payonce::answer::Answer;
use payonce::checkout::{ANSWER_CHECKOUT_WITHIN, Endpoint};
use payonce::config;
use payonce::db::Db;
use payonce::inbox::Provider;
use payonce::lambda::Request;
use serde_json::{Value, json};
use sweeper::Broom;
use tokio::time::Instant;
use uuid::Uuid;

use crate::providers::{FakeRazorpay, FakeStripe};
use crate::{Contract, House, in_a_house_with};

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::of(checkout::OPENAPI));

/// Signs the test tokens.
pub const TOKEN_SECRET: &str = "tokens-of-the-house-of-tests";
/// Of the merchant's backend.
pub const SERVICE_TOKEN: &str = "the-merchants-own-backend";

/// A till, open in a house.
pub struct Till<'h> {
    /// Where it stands.
    pub house: &'h House,
    /// What its checkout asks.
    pub stripe: FakeStripe,
    /// The same.
    pub razorpay: FakeRazorpay,
    /// The function's wiring.
    pub endpoint: Endpoint,
    broom: Broom,
    settings: Vec<(String, String)>,
}

/// Runs `test` at a till in a house of its own, then holds the books to the invariants.
pub fn at_a_till(test: impl AsyncFnOnce(&Till)) {
    at_a_till_with(&[], test);
}

/// The same, with settings that differ from the usual; an empty value takes one away.
pub fn at_a_till_with(changes: &[(&str, &str)], test: impl AsyncFnOnce(&Till)) {
    in_a_house_with(&[], async |house: &House| {
        let till = Till::open(house, changes).await;
        test(&till).await;
    });
}

impl<'h> Till<'h> {
    /// Opens one with fresh providers.
    pub async fn open(house: &'h House, changes: &[(&str, &str)]) -> Self {
        let (stripe, razorpay) = (FakeStripe::start().await, FakeRazorpay::start().await);
        let (stripe_base, razorpay_base) = (stripe.base(), razorpay.base());
        let usual = [
            ("PAYMENTS_MODE", "live"),
            ("STRIPE_SECRET_KEY", FakeStripe::KEY),
            ("STRIPE_API_BASE", &stripe_base),
            ("RAZORPAY_KEY_ID", FakeRazorpay::KEY_ID),
            ("RAZORPAY_KEY_SECRET", FakeRazorpay::KEY_SECRET),
            ("RAZORPAY_API_BASE", &razorpay_base),
            ("CHECKOUT_TOKEN_SECRET", TOKEN_SECRET),
            ("SERVICE_TOKEN", SERVICE_TOKEN),
            ("PUBLIC_ORIGIN_ALLOWLIST", "https://shop.example"),
            ("CHECKOUT_RATE_LIMIT_RPM", "1000"),
            ("DATABASE_POOL_MAX", "10"),
        ];
        let mut settings: HashMap<String, String> = house.settings(&usual).into_iter().collect();
        settings.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let value = |name: &str| settings.get(name).cloned();
        let checkout = config::from(&value, config::Checkout::read).expect("the settings of checkout");
        let sweeper = config::from(&value, config::Sweeper::read).expect("the settings of sweeper");
        let db = |database: &config::Database| Db::of(database).expect("a pool");
        let (requests, cron) = (db(&checkout.database), db(&sweeper.database));
        Self {
            house,
            stripe,
            razorpay,
            endpoint: Endpoint::new(checkout, requests).expect("an endpoint"),
            broom: Broom::new(sweeper, cron).expect("a broom"),
            settings: settings.into_iter().collect(),
        }
    }

    /// What a process of this till reads.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Hands an invocation of this shape to the function, as the runtime does.
    pub async fn call(&self, method: &str, path: &str, headers: Value, body: &Value) -> Answer {
        let body = if body.is_null() { Value::Null } else { body.to_string().into() };
        self.invoke(invocation(method, path, headers, body)).await
    }

    /// Hands any invocation to it, and holds the answer to what the function says of itself.
    pub async fn invoke(&self, invocation: Value) -> Answer {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let method = text(&invocation["requestContext"]["http"]["method"]);
        let path = text(&invocation["rawPath"]);
        let invocation = serde_json::from_value(invocation).expect("an invocation");
        let deadline = Instant::now() + ANSWER_CHECKOUT_WITHIN;
        let answer = match Request::read(invocation, "req-test", self.house.now(), deadline) {
            Ok(request) => checkout::handle(&self.endpoint, request).await,
            Err(failure) => Answer::failed("req-test", &failure),
        };
        CONTRACT.holds(&method, &path, &answer);
        answer
    }

    /// `POST /v1/checkout` with this key.
    pub async fn checkout(&self, key: &str, body: &Value) -> Answer {
        let headers = json!({ "idempotency-key": key, "x-service-token": SERVICE_TOKEN });
        self.call("POST", "/v1/checkout", headers, body).await
    }

    /// The same under a key of its own; it must be opened.
    pub async fn opened(&self, body: &Value) -> Answer {
        let answer = self.checkout(&new_key(), body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer
    }

    /// How it stands, asked with the token of its answer.
    pub async fn standing(&self, opened: &Answer) -> Answer {
        let about = opened.body["order"].as_str().or(opened.body["payment"].as_str()).expect("an id");
        let token = opened.body["token"].as_str().expect("a token");
        self.call("GET", &format!("/v1/checkout/{about}?token={token}"), json!({}), &Value::Null).await
    }

    /// Brings every webhook that the providers have sent since the last time; the outcomes.
    pub async fn deliver(&self) -> Vec<String> {
        let mut outcomes = Vec::new();
        for (provider, bodies) in
            [(Provider::Stripe, self.stripe.events()), (Provider::Razorpay, self.razorpay.events())]
        {
            for body in bodies {
                outcomes.push(self.house.outcome(provider, &body).await);
            }
        }
        outcomes
    }

    /// One run of the sweeper at the house's time.
    pub async fn sweep(&self) -> Value {
        self.sweep_within(Duration::from_secs(60)).await
    }

    /// One that has so much time.
    pub async fn sweep_within(&self, time: Duration) -> Value {
        let until = Instant::now() + time;
        self.broom.sweep(|| self.house.now(), until).await.expect("a run of the sweeper")
    }

    /// How many rows a checkout could have written.
    pub async fn rows(&self) -> i64 {
        let mut rows = 0;
        for table in [
            "customers",
            "orders",
            "order_items",
            "payments",
            "idempotency_keys",
            "rate_limits",
            "webhook_events",
        ] {
            rows += self.house.count(&format!("payonce.{table}")).await;
        }
        rows
    }
}

/// A key that nobody had before.
pub fn new_key() -> String {
    format!("key-{}", Uuid::now_v7().simple())
}

/// An order of these products, as a shop front asks for it.
pub fn order(provider: Provider, items: &[(&str, i64)]) -> Value {
    let items: Vec<Value> =
        items.iter().map(|(product, qty)| json!({ "product": product, "qty": qty })).collect();
    json!({
        "provider": provider.name(),
        "order": { "items": items, "email": "asha.rao@example.com", "contact": { "name": "Asha Rao", "city": "Coonoor" } },
        "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/basket",
    })
}

/// An invocation of a function URL; the path may carry a query.
pub fn invocation(method: &str, path: &str, headers: Value, body: Value) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    json!({
        "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers, "body": body,
        "requestContext": { "http": { "method": method, "path": path, "sourceIp": "192.0.2.7" } },
        "isBase64Encoded": false,
    })
}
