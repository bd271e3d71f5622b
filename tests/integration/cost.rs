//! What a webhook costs the database: one round trip and one commit, and not more WAL than it must.
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::{House, Instance, Proxy, Servers, in_a_house_on};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// Averaged over so many, after as many to warm up.
const EVENTS: usize = 50;

#[test]
fn a_webhook_is_one_round_trip_and_one_commit() {
    // One server connection, so that its statistics can be flushed by name; no page images and no vacuum in between.
    let quiet = ["-c", "autovacuum=off", "-c", "full_page_writes=off", "-c", "checkpoint_timeout=1h"];
    let servers = Servers::start_with("cost", 1, &quiet);
    in_a_house_on(&servers, async |house: &mut House| {
        house.stock("darjeeling", 45_000, 1_000_000).await;
        // Else this session's own commits come to the statistics ten seconds later.
        house.run("select pg_stat_force_next_flush()").await;
        for provider in [Stripe, Razorpay] {
            let meter = Meter::install(house, provider).await;
            let (mut ignored, mut orders, mut topups) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..2 * EVENTS {
                let order = house.order(provider, &[("darjeeling", 1)]).await;
                ignored.push(order.tells(if provider == Stripe {
                    "customer.created"
                } else {
                    "payment.downtime.started"
                }));
                orders.push(order.paid());
                topups.push(house.topup(provider, 500, 49_900).await.paid());
            }
            // A third above what was measured.
            meter.measure("ignored", "ignored unhandled_type", &told_once(ignored), 1_600).await;
            meter.measure("order", "processed order_paid", &orders, 5_600).await;
            meter.measure("duplicate", "duplicate order_paid", &orders, 320).await;
            meter.measure("top-up", "processed credits_granted", &topups, 5_600).await;
        }
    });
}

/// Razorpay's ignored samples say nothing of the payment: told of at different seconds, they are different events.
fn told_once(bodies: Vec<String>) -> Vec<String> {
    let blank = |number: usize, body: String| format!("{body}{}", " ".repeat(number));
    bodies.into_iter().enumerate().map(|(number, body)| blank(number, body)).collect()
}

struct Meter {
    provider: Provider,
    instance: Instance,
    proxy: Proxy,
    /// As the function's role, through the pooler's one server connection.
    same: Client,
    /// In another database: its own commits do not count.
    server: Client,
    database: String,
}

impl Meter {
    async fn install(house: &House, provider: Provider) -> Self {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let url = house.url_at(proxy.port);
        let instance = house.start(&format!("{}-webhook", provider.name()), &[("DATABASE_URL", &url)]).await;
        let same = house.cluster.pooled_url("payonce_request_login", &house.name);
        let same = payonce::db::direct(&same, None).await.unwrap();
        Self {
            provider,
            instance,
            proxy,
            same,
            server: house.cluster.admin("postgres").await,
            database: house.name.clone(),
        }
    }

    /// Delivers all, and counts over the second half.
    async fn measure(&self, name: &str, outcome: &str, bodies: &[String], most_wal: i64) {
        let (warm_up, counted) = bodies.split_at(bodies.len() - EVENTS);
        self.deliver(warm_up, outcome).await;
        self.wait_until_the_shop_has_left().await;
        let before = self.read().await;
        self.deliver(counted, outcome).await;
        let after = self.read().await;

        let events = EVENTS as i64;
        // Asking is a commit, too.
        let (round_trips, commits) =
            (after.round_trips - before.round_trips, after.commits - before.commits - 1);
        let wal = (after.wal - before.wal) / events;
        println!(
            "{} {name}: {round_trips} round trips, {commits} commits, {wal} bytes of WAL an event, {events} events",
            self.provider.name()
        );
        assert_eq!((round_trips, commits, after.rollbacks - before.rollbacks), (events, events, 0), "{name}");
        assert!(wal <= most_wal, "{name}: {wal} bytes of WAL an event");
    }

    /// A session that made an order brings its commits to the statistics when it ends.
    async fn wait_until_the_shop_has_left(&self) {
        let others = "select count(*) from pg_stat_activity where datname = $1 and usename = 'postgres'";
        loop {
            let rows = self.server.query_typed(others, &[(&self.database, Type::TEXT)]).await.unwrap();
            if rows[0].get::<_, i64>(0) <= 1 {
                return;
            }
        }
    }

    async fn deliver(&self, bodies: &[String], outcome: &str) {
        for body in bodies {
            let reply = self.instance.deliver(self.provider, body).await.unwrap();
            let said = format!(
                "{} {}",
                reply.body["status"].as_str().unwrap(),
                reply.body["outcome"].as_str().unwrap()
            );
            assert_eq!((reply.status, said.as_str()), (200, outcome));
        }
    }

    async fn read(&self) -> Reading {
        self.same.query_typed("select pg_stat_force_next_flush()", &[]).await.unwrap();
        let sql = "select (pg_current_wal_insert_lsn() - '0/0')::bigint as wal, xact_commit, xact_rollback
            from pg_stat_database where datname = $1";
        let rows = self.server.query_typed(sql, &[(&self.database, Type::TEXT)]).await.unwrap();
        Reading {
            round_trips: self.proxy.round_trips() as i64,
            commits: rows[0].get("xact_commit"),
            rollbacks: rows[0].get("xact_rollback"),
            wal: rows[0].get("wal"),
        }
    }
}

struct Reading {
    round_trips: i64,
    commits: i64,
    rollbacks: i64,
    wal: i64,
}
