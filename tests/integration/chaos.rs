//! The real binaries killed, and their servers restarted and crashed, under a provider's redeliveries: whatever was
//! acknowledged is stored once and took effect once, and nothing is lost.
//!
//! `CHAOS_KILLS` (40) says how often a process is killed; `CHAOS_SEED` repeats a run's choices.
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::{Checkout, Gone, House, Instance, Random, Servers, in_a_house_on};
use serde_json::json;

const PIECES: i64 = 1_000_000;
const PRICE: i64 = 45_000;
const CREDITS: i64 = 500;
const TOPUP: i64 = 49_900;
/// What a refund takes back, of an order and of a top-up alike.
const PART: i64 = 10_000;

fn kills() -> i64 {
    let given = std::env::var("CHAOS_KILLS").ok().filter(|kills| !kills.is_empty());
    given.map_or(40, |kills| kills.parse().expect("CHAOS_KILLS is a number"))
}

#[test]
fn processes_killed_at_any_moment_lose_nothing_and_double_nothing() {
    let servers = Servers::start("chaos-kills", 4);
    in_a_house_on(&servers, async |house: &mut House| {
        let mut random = Random::seeded("CHAOS_SEED");
        let month = Month::new(house, &mut random, usize::try_from(kills() / 3).unwrap().max(20)).await;
        month.kills_left.store(kills(), Ordering::SeqCst);
        month.deliver_everything(house, &mut random).await;
        let (sent, unheard) = month.audit(house).await;
        println!(
            "{} kills in {sent} deliveries of {} events; {unheard} of them after the commit",
            kills(),
            month.events.len()
        );
    });
}

#[test]
fn servers_that_restart_and_crash_lose_nothing_and_every_answer_is_200_or_503() {
    let servers = Arc::new(Servers::start("chaos-servers", 4));
    in_a_house_on(&servers, async |house: &mut House| {
        let mut random = Random::seeded("CHAOS_SEED");
        let month = Month::new(house, &mut random, 40).await;
        month.goes_on.store(true, Ordering::SeqCst);
        let mut choices = random.split();
        let outages = async {
            for outage in 0..(kills() / 10).clamp(6, 30) {
                tokio::time::sleep(Duration::from_millis(200 + choices.below(400))).await;
                let (servers, down) = (servers.clone(), Duration::from_millis(choices.below(3_000)));
                let strike = move || match outage % 3 {
                    0 => servers.restart_pooler(),
                    1 => servers.restart_postgres(),
                    // Longer than PgBouncer lets anybody wait: these deliveries are refused.
                    _ => servers.crash_postgres(down),
                };
                tokio::task::spawn_blocking(strike).await.expect("the servers are back");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            month.goes_on.store(false, Ordering::SeqCst);
        };
        tokio::join!(outages, month.deliver_everything(house, &mut random));
        house.reconnect().await;
        let (sent, unheard) = month.audit(house).await;
        let refused = month.refused.load(Ordering::SeqCst);
        assert!(refused > 0, "no delivery met an outage");
        println!(
            "{sent} deliveries of {} events, {refused} answered 503; {unheard} of those had been committed",
            month.events.len()
        );
    });
}

#[test]
fn events_that_webhook_retry_was_killed_over_are_taken_up_again_and_applied_once() {
    let servers = Servers::start("chaos-retry", 4);
    in_a_house_on(&servers, async |house: &mut House| {
        let mut random = Random::seeded("CHAOS_SEED");
        house.stock("darjeeling", PRICE, PIECES).await;
        house.run("alter table payonce.captures add constraint planted check (false) not valid").await;
        let mut orders = Vec::new();
        let planned = (kills() / 4).max(8);
        for _ in 0..planned * 8 {
            let order = house.order(Stripe, &[("darjeeling", 1)]).await;
            assert_eq!(house.outcome(Stripe, &order.paid()).await, "failed constraint_refused");
            orders.push(order);
        }
        house.run("alter table payonce.captures drop constraint planted").await;

        let hours_pass =
            "update payonce.webhook_events set next_attempt_at = next_attempt_at - interval '2 hours',
            lease_until = lease_until - interval '2 hours' where status = 'failed'";
        let schedule = json!({ "source": "aws.events", "detail-type": "Scheduled Event" });
        let patient = [("WEBHOOK_MAX_ATTEMPTS", "20")];
        let left = || house.count("payonce.webhook_events where status = 'failed'");
        let (mut fell_over, total) = (0, orders.len() as i64);
        for _ in 0..planned {
            house.run(hours_pass).await;
            let before = left().await;
            let mut instance = house.start("webhook-retry", &patient).await;
            let kill = async {
                while left().await == before {}
                tokio::time::sleep(Duration::from_micros(random.below(2_000))).await;
            };
            tokio::select! {
                _ = instance.invoke(&schedule, Duration::from_secs(60)) => {}
                () = kill => {}
            }
            instance.kill().await;
            // A call that was under way may still commit.
            tokio::time::sleep(Duration::from_millis(50)).await;
            fell_over += house.count("payonce.webhook_events where lease_until > now()").await;
        }
        let settled_while_killed = total - left().await;
        house.run(hours_pass).await;
        let instance = house.start("webhook-retry", &patient).await;
        let report = instance.invoke(&schedule, Duration::from_secs(60)).await.unwrap().unwrap();
        assert_eq!((report["waiting"].as_i64(), report["dead"].as_i64()), (Some(0), Some(0)), "{report}");
        println!(
            "{planned} kills of webhook-retry, {fell_over} of them over an event; {settled_while_killed} of {total} settled meanwhile"
        );
        assert_eq!(
            house.count("payonce.webhook_events where status = 'processed' and outcome = 'order_paid'").await,
            total
        );
        // Every attempt is counted: the delivery's, each killed one's, and the one that succeeded.
        assert_eq!(
            house.value::<i64>("select sum(attempts) from payonce.webhook_events").await,
            2 * total + fell_over
        );
        for order in &orders {
            assert_eq!(house.order_state(order).await, "confirmed/paid");
        }
        assert_eq!(house.stock_of("darjeeling").await, PIECES - total);
    });
}

/// A month of business: what was sold, and every event about it.
struct Month {
    sales: Vec<Sale>,
    events: Vec<Told>,
    /// Indices of `events` still to be delivered, by provider; an event may be there several times.
    due: HashMap<Provider, Mutex<VecDeque<usize>>>,
    kills_left: AtomicI64,
    /// Redeliver what was acknowledged, too, while this is true.
    goes_on: AtomicBool,
    refused: AtomicI64,
}

struct Sale {
    checkout: Checkout,
    refunded: bool,
}

struct Told {
    provider: Provider,
    body: String,
    sent: AtomicI64,
    acknowledged: AtomicI64,
}

impl Month {
    /// Orders and top-ups at both providers, each told of twice; every other one partly refunded.
    async fn new(house: &House, random: &mut Random, checkouts: usize) -> Self {
        house.stock("darjeeling", PRICE, PIECES).await;
        let (mut sales, mut events) = (Vec::new(), Vec::new());
        for number in 0..checkouts {
            let provider = if number % 2 == 0 { Stripe } else { Razorpay };
            let checkout = match number % 4 {
                0 | 1 => house.order(provider, &[("darjeeling", 1)]).await,
                _ => house.topup(provider, CREDITS, TOPUP).await,
            };
            let refunded = number % 8 < 4;
            let kinds: &[&str] = match (provider, refunded) {
                (Stripe, false) => &[
                    "payment_intent.payment_failed",
                    "checkout.session.completed",
                    "payment_intent.succeeded",
                    "customer.created",
                ],
                (Stripe, true) => &[
                    "checkout.session.completed",
                    "payment_intent.succeeded",
                    "refund.created",
                    "refund.updated",
                ],
                (Razorpay, false) => {
                    &["payment.authorized", "payment.captured", "order.paid", "payment.failed"]
                }
                (Razorpay, true) => &["payment.captured", "order.paid", "refund.created", "refund.processed"],
            };
            for kind in kinds {
                let body = checkout.tells_with(kind, |told| told.part = Some(PART));
                events.push(Told {
                    provider,
                    body,
                    sent: AtomicI64::new(0),
                    acknowledged: AtomicI64::new(0),
                });
            }
            sales.push(Sale { checkout, refunded });
        }
        let due = [Stripe, Razorpay].map(|provider| {
            let of_provider = (0..events.len()).filter(|index| events[*index].provider == provider);
            let mut copies: Vec<usize> =
                of_provider.flat_map(|index| vec![index; 1 + random.below(3) as usize]).collect();
            for last in (1..copies.len()).rev() {
                copies.swap(last, random.below(last as u64 + 1) as usize);
            }
            (provider, Mutex::new(copies.into()))
        });
        let (kills_left, refused, goes_on) = (AtomicI64::new(0), AtomicI64::new(0), AtomicBool::new(false));
        Self { sales, events, due: due.into(), kills_left, goes_on, refused }
    }

    /// Two instances of each function, until every event is acknowledged and no kill is left.
    async fn deliver_everything(&self, house: &House, random: &mut Random) {
        tokio::join!(
            self.deliver(house, Stripe, random.split()),
            self.deliver(house, Razorpay, random.split()),
            self.deliver(house, Stripe, random.split()),
            self.deliver(house, Razorpay, random.split()),
        );
    }

    async fn deliver(&self, house: &House, provider: Provider, mut random: Random) {
        let mut instance = ready(house, provider).await;
        let mut usual = Duration::from_millis(3);
        while let Some(index) = self.next(provider, &mut random) {
            let event = &self.events[index];
            event.sent.fetch_add(1, Ordering::SeqCst);
            let since = Instant::now();
            let delivery = instance.deliver(provider, &event.body);
            let answer = if random.below(2) == 0 && self.kills_left.fetch_sub(1, Ordering::SeqCst) > 0 {
                // Anywhere from before the body is read to after the answer is out.
                let moment = Duration::from_nanos(random.below(usual.as_nanos() as u64 * 5 / 4));
                let answer = tokio::time::timeout(moment, delivery).await;
                instance.kill().await;
                instance = ready(house, provider).await;
                match answer {
                    Ok(answer) => {
                        self.kills_left.fetch_add(1, Ordering::SeqCst);
                        answer
                    }
                    Err(_) => Err(Gone),
                }
            } else {
                let answer = delivery.await;
                assert!(answer.is_ok(), "a process ended that nobody killed");
                usual = (usual * 7 + since.elapsed().min(Duration::from_millis(50))) / 8;
                answer
            };
            match answer.map(|reply| reply.status) {
                Ok(200) => {
                    event.acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                Ok(503) => {
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    self.due[&provider].lock().unwrap().push_back(index);
                }
                Ok(other) => panic!("answered {other}: {}", event.body),
                Err(Gone) => self.due[&provider].lock().unwrap().push_back(index),
            }
        }
    }

    /// What was not acknowledged; else, while there is something to survive, anything once more.
    fn next(&self, provider: Provider, random: &mut Random) -> Option<usize> {
        let due = self.due[&provider].lock().unwrap().pop_front();
        let goes_on = self.kills_left.load(Ordering::SeqCst) > 0 || self.goes_on.load(Ordering::SeqCst);
        due.or_else(|| {
            let of_provider =
                || (0..self.events.len()).filter(|index| self.events[*index].provider == provider);
            goes_on.then(|| of_provider().nth(random.below(of_provider().count() as u64) as usize))?
        })
    }

    /// Compares the books with what was told. How often an event was sent, and how often it was stored or found stored
    /// without its sender hearing so.
    async fn audit(&self, house: &House) -> (i64, i64) {
        let (sent, unheard) = self.audit_inbox(house).await;
        self.audit_effects(house).await;
        (sent, unheard)
    }

    async fn audit_inbox(&self, house: &House) -> (i64, i64) {
        let rows = house
            .admin
            .query_typed("select body, status, outcome, deliveries from payonce.webhook_events", &[])
            .await
            .unwrap();
        let mut stored: HashMap<Vec<u8>, (String, String, i64)> = HashMap::new();
        for row in &rows {
            let deliveries = row.get::<_, i32>("deliveries").into();
            let earlier = stored.insert(row.get("body"), (row.get("status"), row.get("outcome"), deliveries));
            assert!(earlier.is_none(), "stored twice");
        }
        assert_eq!(stored.len(), self.events.len(), "an event is missing, or there is one too many");
        let (mut all_sent, mut unheard) = (0, 0);
        for event in &self.events {
            let (status, outcome, deliveries) = &stored[event.body.as_bytes()];
            assert!(
                ["processed", "ignored"].contains(&status.as_str()),
                "{status} {outcome}: {}",
                event.body
            );
            let (sent, acknowledged) =
                (event.sent.load(Ordering::SeqCst), event.acknowledged.load(Ordering::SeqCst));
            assert!(
                (acknowledged.max(1)..=sent).contains(deliveries),
                "{deliveries} counted, {sent} sent, {acknowledged} acknowledged"
            );
            all_sent += sent;
            unheard += deliveries - acknowledged;
        }
        (all_sent, unheard)
    }

    async fn audit_effects(&self, house: &House) {
        let (mut orders, mut topups, mut refunds) = (0, 0, 0);
        for sale in &self.sales {
            let told = &sale.checkout;
            let refunded = if sale.refunded { "partially_refunded" } else { "paid" };
            assert_eq!(house.payment_state(told).await, refunded);
            refunds += i64::from(sale.refunded);
            if told.account.is_some() {
                let gone = if sale.refunded { CREDITS * PART / TOPUP } else { 0 };
                assert_eq!(house.wallet(told).await, CREDITS - gone);
                topups += 1;
            } else {
                assert_eq!(house.order_state(told).await, format!("confirmed/{refunded}"));
                orders += 1;
            }
        }
        let refunded_topups =
            self.sales.iter().filter(|sale| sale.refunded && sale.checkout.account.is_some()).count() as i64;
        assert_eq!(house.stock_of("darjeeling").await, PIECES - orders);
        for (rows, expected) in [
            ("payonce.stock_movements where reason = 'sale'", orders),
            ("payonce.captures", orders + topups),
            ("payonce.captures where verdict = 'settled'", orders + topups),
            ("payonce.refunds where state = 'succeeded'", refunds),
            ("payonce.refunds", refunds),
            ("payonce.billing_audit_log where action = 'order.paid'", orders),
            ("payonce.billing_audit_log where action = 'credits.topped_up'", topups),
            ("payonce.billing_audit_log where action = 'refund.succeeded'", refunds),
            ("payonce.billing_audit_log where action = 'credits.clawed_back'", refunded_topups),
            ("payonce.credit_ledger", topups + refunded_topups),
            ("payonce.email_logs where email_type = 'order_receipt'", orders),
            ("payonce.email_logs where email_type = 'topup_receipt'", topups),
            ("payonce.email_logs", orders + topups),
        ] {
            assert_eq!(house.count(rows).await, expected, "{rows}");
        }
    }
}

/// A fresh instance, its cold start over.
async fn ready(house: &House, provider: Provider) -> Instance {
    let instance = house.start(&format!("{}-webhook", provider.name()), &[]).await;
    let health = json!({ "rawPath": "/v1/health", "requestContext": { "http": { "method": "GET" } } });
    assert_eq!(instance.request(&health).await.expect("it starts").status, 200);
    instance
}
