//! A house of its own for every test: a fresh database, the functions wired as in production, and at the end the
//! invariants, which must all hold.
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use payonce::answer::Answer;
use payonce::config::{self, Webhook};
use payonce::db::migrate::{self, Identity};
use payonce::db::{ANSWER_WITHIN, Backup, Db, direct};
use payonce::fulfilment::{Endpoint, Tally};
use payonce::inbox::Provider;
use payonce::lambda::Request;
use payonce::{fulfilment, operator, razorpay, stripe};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_postgres::Client;

use crate::{Cluster, Instance, Servers, binary};

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
    /// The servers it is on.
    pub cluster: Cluster,
    /// What the functions read.
    pub config: Webhook,
    settings: Vec<(String, String)>,
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
    stay(Cluster::shared(), settings, async |house| test(house).await);
}

/// The same, on servers that the test may stop: after which it calls [`House::reconnect`].
pub fn in_a_house_on(servers: &Servers, test: impl AsyncFnOnce(&mut House)) {
    stay(servers.cluster(), &[], test);
}

fn stay(cluster: Cluster, settings: &[(&str, &str)], test: impl AsyncFnOnce(&mut House)) {
    on_a_runtime(async {
        let mut house = House::build(cluster, settings).await;
        test(&mut house).await;
        house.hold_to_the_invariants().await;
        house.pull_down().await;
    });
}

/// Runs a test's work on a runtime of its own, with a thread a core of the smallest machine it runs on.
pub fn on_a_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work);
}

/// The headers that `provider` sends with `body` at `now`.
pub fn signed(provider: Provider, body: &[u8], now: SystemTime) -> Value {
    match provider {
        Provider::Stripe => json!({ "stripe-signature": stripe::sign(body, STRIPE_SECRET, now) }),
        Provider::Razorpay => json!({ "x-razorpay-signature": razorpay::sign(body, RAZORPAY_SECRET) }),
    }
}

impl House {
    async fn build(cluster: Cluster, changes: &[(&str, &str)]) -> Self {
        let name = create_database(&cluster).await;
        let (url, cron) = (
            cluster.pooled_url("payonce_request_login", &name),
            cluster.pooled_url("payonce_cron_login", &name),
        );
        let usual = [
            ("DATABASE_URL", url.as_str()),
            ("DATABASE_CRON_URL", cron.as_str()),
            ("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET),
            ("RAZORPAY_WEBHOOK_SECRET", RAZORPAY_SECRET),
        ];
        let settings = changed(&usual.map(|(key, value)| (key.to_owned(), value.to_owned())), changes);
        // Here one process answers what in production many instances do, each with a connection of its own.
        let config = |secret: &str| {
            let value = |key: &str| {
                let given = settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                given.or_else(|| (key == "DATABASE_POOL_MAX").then(|| "10".to_owned()))
            };
            config::from(&value, |source| Webhook::read(source, secret)).expect("the test's settings")
        };
        let endpoint = |secret: &str| {
            let config = config(secret);
            let db = Db::of(&config.database).expect("a pool");
            Endpoint::new(config, db)
        };
        Self {
            admin: cluster.admin(&name).await,
            db: Db::new(&cron, None, 4).expect("a pool"),
            name,
            cluster,
            stripe: endpoint("STRIPE_WEBHOOK_SECRET"),
            razorpay: endpoint("RAZORPAY_WEBHOOK_SECRET"),
            config: config("STRIPE_WEBHOOK_SECRET"),
            settings,
            ahead: std::cell::Cell::new(Duration::ZERO),
        }
    }

    /// After the server was restarted.
    pub async fn reconnect(&mut self) {
        self.admin = self.cluster.admin(&self.name).await;
    }

    /// What the processes of this house read; `changes` win.
    pub fn settings(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        changed(&self.settings, changes)
    }

    /// A real process of `function` in this house.
    pub async fn start(&self, function: &str, changes: &[(&str, &str)]) -> Instance {
        Instance::start(&binary(function), &self.settings(changes), None).await
    }

    /// The same, its log in the file `log`.
    pub async fn start_logged(&self, function: &str, changes: &[(&str, &str)], log: &Path) -> Instance {
        Instance::start(&binary(function), &self.settings(changes), Some(log)).await
    }

    /// The request role's URL of this house's database at another port: a [`crate::Proxy`]'s.
    pub fn url_at(&self, port: u16) -> String {
        let pool = format!("127.0.0.1:{port}");
        Cluster { pool, ..self.cluster.clone() }.pooled_url("payonce_request_login", &self.name)
    }

    /// The time in this house.
    pub fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead.get()
    }

    /// Signs `body` as `provider` and delivers it to its function.
    pub async fn deliver(&self, provider: Provider, body: &str) -> Answer {
        let headers = signed(provider, body.as_bytes(), self.now());
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
        let request = match Request::read(invocation, "req-test", self.now(), deadline) {
            Ok(request) => request,
            Err(failure) => return Answer::failed("req-test", &failure),
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
        let (name, cluster) = (self.name.clone(), self.cluster.clone());
        drop(self);
        let _ = cluster
            .admin("postgres")
            .await
            .batch_execute(&format!("drop database {name} with (force)"))
            .await;
    }
}

fn changed(settings: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = settings.iter().filter(|(name, _)| changes.iter().all(|(other, _)| name != other)).cloned();
    kept.chain(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
}

async fn create_database(cluster: &Cluster) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("house_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    if *cluster == Cluster::shared() {
        let server = cluster.admin("postgres").await;
        let copy = format!("create database {name} template {}", template().await);
        server.batch_execute(&copy).await.expect("a copy of the template");
        // A copy has all but its privileges as a database, which the first migration step sets.
        let privileges = format!(
            "revoke temporary on database {name} from public; grant create, temporary on database {name} to payonce_migration"
        );
        server.batch_execute(&privileges).await.expect("privileges");
    } else {
        migrated_database(cluster, &name).await;
    }
    name
}

/// A database migrated once, by the migration role, and copied for every test on the shared cluster.
async fn template() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    static MADE: OnceCell<()> = OnceCell::const_new();
    let name = NAME.get_or_init(|| format!("template_{}", std::process::id()));
    MADE.get_or_init(async || migrated_database(&Cluster::shared(), name).await).await;
    name
}

async fn migrated_database(cluster: &Cluster, name: &str) {
    let server = cluster.admin("postgres").await;
    let create = format!("create database {name} owner payonce_migration_login");
    server.batch_execute(&create).await.expect("a database");
    let mut client =
        direct(&cluster.direct_url("payonce_migration_login", name), None).await.expect("the database");
    migrate::run(&mut client, &House::identity(), Backup::NotNeeded).await.expect("migrations");
}

impl House {
    /// Whose the test databases are.
    pub fn identity() -> Identity {
        Identity { app_id: "payonce".into(), stage: "local".into(), local: true }
    }
}
