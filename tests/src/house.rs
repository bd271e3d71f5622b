//! A house of its own for every test: a fresh database, the functions wired as in production, and at the end the
//! invariants, which must all hold.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use payonce::answer::Answer;
use payonce::config::{self, Webhook};
use payonce::db::migrate::{self, Identity};
use payonce::db::{ANSWER_WITHIN, Db, direct};
use payonce::fulfilment::{Endpoint, Tally};
use payonce::inbox::Provider;
use payonce::lambda::Request;
use payonce::{fulfilment, operator, razorpay, stripe};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_postgres::Client;

use crate::environment;

/// Signs Stripe's test events.
pub const STRIPE_SECRET: &str = "whsec_test_of_the_house";
/// Signs Razorpay's test events.
pub const RAZORPAY_SECRET: &str = "razorpay-test-of-the-house";

/// A migrated database and the functions on it.
pub struct House {
    /// Superuser, direct: to look, and to break things.
    pub admin: Client,
    /// As the request role, through the pooler.
    pub db: Db,
    /// Name of the database.
    pub name: String,
    /// What the functions read.
    pub config: Webhook,
    stripe: Endpoint,
    razorpay: Endpoint,
    /// Added to the real time: the house's clock.
    pub ahead: std::cell::Cell<Duration>,
}

/// Runs `test` in a house of its own, on a runtime of its own, then holds the books to the invariants.
pub fn in_a_house(test: impl AsyncFnOnce(&House)) {
    in_a_house_with(&[], test);
}

/// The same, with settings that differ from the usual.
pub fn in_a_house_with(settings: &[(&str, &str)], test: impl AsyncFnOnce(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let house = House::build(settings).await;
        test(&house).await;
        house.hold_to_the_invariants().await;
        house.pull_down().await;
    });
}

impl House {
    async fn build(settings: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("house_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let server = admin("postgres").await;
        server
            .batch_execute(&format!("create database {name} template {}", template().await))
            .await
            .expect("a copy of the template");
        let url = pooled_url("payonce_request_login", &name);
        let cron = pooled_url("payonce_cron_login", &name);
        let read = |provider| {
            let value = |key: &str| {
                let given =
                    settings.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
                given.or_else(|| match key {
                    "DATABASE_URL" => Some(url.clone()),
                    "DATABASE_CRON_URL" => Some(cron.clone()),
                    "STRIPE_WEBHOOK_SECRET" => Some(STRIPE_SECRET.into()),
                    "RAZORPAY_WEBHOOK_SECRET" => Some(RAZORPAY_SECRET.into()),
                    "DATABASE_POOL_MAX" => Some("10".into()),
                    _ => None,
                })
            };
            config::from(&value, |source| Webhook::read(source, provider)).expect("the test's settings")
        };
        let config = read(Provider::Stripe);
        Self {
            admin: admin(&name).await,
            db: Db::new(&cron, None, 4).expect("a pool"),
            name,
            stripe: Endpoint::new(config.clone()).expect("an endpoint"),
            razorpay: Endpoint::new(read(Provider::Razorpay)).expect("an endpoint"),
            config,
            ahead: std::cell::Cell::new(Duration::ZERO),
        }
    }

    /// The time in this house.
    pub fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead.get()
    }

    /// Signs `body` as `provider` and delivers it to its function.
    pub async fn deliver(&self, provider: Provider, body: &str) -> Answer {
        let headers = match provider {
            Provider::Stripe => {
                json!({ "stripe-signature": stripe::sign(body.as_bytes(), STRIPE_SECRET, self.now()) })
            }
            Provider::Razorpay => {
                json!({ "x-razorpay-signature": razorpay::sign(body.as_bytes(), RAZORPAY_SECRET) })
            }
        };
        self.post(provider, headers, body).await
    }

    /// Delivers `body` with these headers, whatever they say.
    pub async fn post(&self, provider: Provider, headers: Value, body: &str) -> Answer {
        self.invoke(
            provider,
            json!({
                "rawPath": "/", "headers": headers, "body": body,
                "requestContext": { "http": { "method": "POST" } },
            }),
        )
        .await
    }

    /// Hands an invocation to the function, as the runtime does.
    pub async fn invoke(&self, provider: Provider, invocation: Value) -> Answer {
        let invocation = serde_json::from_value(invocation).expect("an invocation");
        let deadline = Instant::now() + ANSWER_WITHIN;
        let request = match Request::read(invocation, "req-test".into(), self.now(), deadline) {
            Ok(request) => request,
            Err((request, failure)) => return Answer::failed(&request, &failure),
        };
        match provider {
            Provider::Stripe => stripe_webhook::handle(&self.stripe, request).await,
            Provider::Razorpay => razorpay_webhook::handle(&self.razorpay, request).await,
        }
    }

    /// Delivers, and says `status outcome` of the answer, which must be a 200.
    pub async fn outcome(&self, provider: Provider, body: &str) -> String {
        let answer = self.deliver(provider, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        format!(
            "{} {}",
            answer.body["status"].as_str().unwrap_or(""),
            answer.body["outcome"].as_str().unwrap_or("")
        )
    }

    /// One run of webhook-retry at the house's time.
    pub async fn retry(&self) -> Tally {
        let until = Instant::now() + Duration::from_secs(60);
        let clock = || self.now();
        fulfilment::retry_due(&self.db, &self.config.expected, self.config.retry, clock, until)
            .await
            .expect("a run")
    }

    /// The one value of a query that returns one.
    pub async fn value<T>(&self, sql: &str) -> T
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let rows = self.admin.query_typed(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows.first().unwrap_or_else(|| panic!("no row: {sql}")).get(0)
    }

    /// The one text of a query that returns one; numbers and ids must be cast.
    pub async fn text(&self, sql: &str) -> String {
        self.value(sql).await
    }

    /// How many rows.
    pub async fn count(&self, from: &str) -> i64 {
        self.value(&format!("select count(*) from {from}")).await
    }

    /// Runs SQL as superuser.
    pub async fn run(&self, sql: &str) {
        self.admin.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Every invariant returns no row, and no event is left that webhook-retry should have settled.
    pub async fn hold_to_the_invariants(&self) {
        for invariant in operator::invariants() {
            let rows = self.admin.query_typed(invariant.sql, &[]).await;
            let rows = rows.unwrap_or_else(|error| panic!("{}: {error:?}", invariant.name));
            let broken: Vec<String> = rows.iter().map(|row| row.get("broken")).collect();
            assert!(broken.is_empty(), "{} {}: {broken:?}", invariant.name, invariant.says);
        }
        let overdue = self.count("payonce.webhook_events where status = 'failed' and next_attempt_at < now() and lease_until is null");
        assert_eq!(overdue.await, 0, "events are due and nobody took them up");
    }

    async fn pull_down(self) {
        let name = self.name.clone();
        drop(self);
        let _ = admin("postgres").await.batch_execute(&format!("drop database {name} with (force)")).await;
    }
}

/// A database migrated once, by the migration role, and copied for every test.
async fn template() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    static MADE: OnceCell<()> = OnceCell::const_new();
    let name = NAME.get_or_init(|| format!("template_{}", std::process::id()));
    MADE.get_or_init(|| async {
        let server = admin("postgres").await;
        server
            .batch_execute(&format!("create database {name} owner payonce_migration_login"))
            .await
            .expect("the template");
        let url = direct_url("payonce_migration_login", name);
        let mut client = direct(&url, None).await.expect("the template");
        migrate::run(&mut client, &House::identity()).await.expect("migrations");
    })
    .await;
    name
}

impl House {
    /// Whose the test databases are.
    pub fn identity() -> Identity {
        Identity { app_id: "payonce".into(), stage: "local".into(), local: true }
    }
}

/// A superuser's connection to the database `name`.
pub(crate) async fn admin(name: &str) -> Client {
    direct(&admin_url(name), None).await.expect("the test server")
}

fn admin_url(name: &str) -> String {
    direct_url("postgres", name)
}

/// Past the pooler.
pub fn direct_url(login: &str, name: &str) -> String {
    url(login, &environment("PAYONCE_TEST_SERVER"), name)
}

/// Through the pooler.
pub fn pooled_url(login: &str, name: &str) -> String {
    url(login, &environment("PAYONCE_TEST_POOL"), name)
}

fn url(login: &str, address: &str, name: &str) -> String {
    format!("postgres://{login}:{}@{address}/{name}?sslmode=disable", environment("LOCAL_DATABASE_PASSWORD"))
}
