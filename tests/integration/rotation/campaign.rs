//! Rotation after rotation under signed deliveries, the real rotate-secret killed once in each step: no valid delivery is
//! refused, and each event is stored once.
//!
//! `ROTATIONS` (6) says how many of each secret; `ROTATION_RATE` (100) how many events a second. Clocks are compressed: a
//! secret is believed for 5 seconds, the one before accepted for a minute.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::razorpay;
use payonce::rotation::Step;
use payonce_tests::providers::FakeStripe;
use payonce_tests::{House, Instance, Random, SecretsManager, binary, in_a_house};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{EVENTS, STEPS, URL, document};

/// Real processes of each webhook function.
const INSTANCES: usize = 2;
/// So long an instance believes a secret.
const TTL: Duration = Duration::from_secs(5);
/// Every so many events one is a paid order.
const ORDER_EVERY: u64 = 25;
const PRICE: i64 = 45_000;

fn given(name: &str, usual: u64) -> u64 {
    let given = std::env::var(name).ok().filter(|text| !text.is_empty());
    given.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

#[test]
fn rotations_killed_in_every_step_refuse_no_valid_delivery() {
    in_a_house(async |house: &House| {
        let campaign = Campaign::new(house).await;
        let mut random = Random::seeded("ROTATION_SEED");
        let (stripe, razorpay, deliveries) = (random.split(), random.split(), random.split());
        let rotations = async {
            tokio::join!(campaign.rotate_stripe(stripe), campaign.rotate_razorpay(razorpay));
            // Until every instance has seen what the last rotations left: a value that is now the previous one.
            tokio::time::sleep(TTL + Duration::from_secs(2)).await;
            campaign.over.store(true, Ordering::SeqCst);
        };
        tokio::join!(rotations, campaign.deliver(house, deliveries));
        campaign.audit(house).await;
    });
}

struct Campaign {
    secrets: SecretsManager,
    stripe: FakeStripe,
    stripe_id: String,
    settings: Vec<(String, String)>,
    /// With which Razorpay signs what happens now, and what happened before it was changed.
    razorpay_signs: Mutex<(String, Option<String>)>,
    over: AtomicBool,
    events: AtomicU64,
    deliveries: AtomicU64,
    kills: AtomicU64,
}

impl Campaign {
    async fn new(house: &House) -> Self {
        let secrets = SecretsManager::shared().await;
        let stripe = FakeStripe::start().await;
        let events = [&EVENTS[..], &["customer.created"]].concat();
        let (endpoint, secret) = stripe.endpoint_at_the_desk(URL, &events);
        let kept = document(&secret, &endpoint);
        let stripe_id = secrets.keep("stripe", Some(&kept), Some("stripe-endpoint")).await;
        let razorpay_id = secrets.keep("razorpay", Some("razorpay-0"), None).await;
        let (base, ttl) = (stripe.base(), TTL.as_secs().to_string());
        let own = [
            ("STRIPE_WEBHOOK_SECRET", ""),
            ("RAZORPAY_WEBHOOK_SECRET", ""),
            ("STRIPE_WEBHOOK_SECRET_SECRET_ID", stripe_id.as_str()),
            ("RAZORPAY_WEBHOOK_SECRET_SECRET_ID", &razorpay_id),
            ("SECRET_TTL_SECONDS", &ttl),
            ("ROTATION_OVERLAP_SECONDS", "60"),
            ("STRIPE_SECRET_KEY", FakeStripe::KEY),
            ("STRIPE_API_BASE", &base),
        ];
        let mut settings = house.settings(&own);
        settings.extend(SecretsManager::settings_at(&secrets.base));
        house.stock("darjeeling", PRICE, 1_000_000).await;
        Self {
            settings,
            razorpay_signs: Mutex::new(("razorpay-0".into(), None)),
            over: AtomicBool::new(false),
            events: AtomicU64::new(0),
            deliveries: AtomicU64::new(0),
            kills: AtomicU64::new(0),
            secrets,
            stripe,
            stripe_id,
        }
    }

    async fn start(&self, function: &str) -> Instance {
        Instance::start(&binary(function), &self.settings, None).await
    }

    /// As Secrets Manager does, with a function that dies once in each step.
    async fn rotate_stripe(&self, mut random: Random) {
        for _ in 0..given("ROTATIONS", 6) {
            let token = self.secrets.begins_rotation(&self.stripe_id).await;
            for step in STEPS {
                self.killed_once(step, &token, &mut random).await;
            }
            self.secrets.ends_rotation(&self.stripe_id, &token).await;
        }
    }

    /// Anywhere from before it has started to after its answer is out.
    async fn killed_once(&self, step: Step, token: &str, random: &mut Random) {
        let event = json!({ "Step": step.name(), "SecretId": self.stripe_id, "ClientRequestToken": token });
        let patience = Duration::from_secs(60);
        let mut usual = Duration::from_millis(300);
        for _ in 0..4 {
            let mut instance = self.start("rotate-secret").await;
            let moment = Duration::from_micros(random.below(usual.as_micros() as u64));
            let since = Instant::now();
            let answer = tokio::time::timeout(moment, instance.invoke(&event, patience)).await;
            instance.kill().await;
            if answer.is_err() {
                self.kills.fetch_add(1, Ordering::SeqCst);
                break;
            }
            // It had done its work before: so it is run twice, and the next one dies earlier.
            usual = since.elapsed();
        }
        let instance = self.start("rotate-secret").await;
        let done = instance.invoke(&event, patience).await.expect("it lives");
        done.unwrap_or_else(|error| panic!("{step:?}: {error}"));
    }

    /// As a person does by `payonce secrets rotate`: accepted first, then set at Razorpay, then promoted.
    async fn rotate_razorpay(&self, mut random: Random) {
        for round in 1..=given("ROTATIONS", 6) {
            let next = format!("razorpay-{round}-{}", random.below(u64::MAX));
            self.types(&["secrets", "rotate", "RAZORPAY_WEBHOOK_SECRET", "--stdin"], &next).await;
            tokio::time::sleep(Duration::from_millis(3_500)).await;
            {
                let mut signs = self.razorpay_signs.lock().unwrap();
                *signs = (next, Some(signs.0.clone()));
            }
            tokio::time::sleep(Duration::from_millis(random.below(1_000))).await;
            self.types(&["secrets", "rotate", "RAZORPAY_WEBHOOK_SECRET", "--done"], "").await;
        }
    }

    async fn types(&self, args: &[&str], input: &str) {
        use tokio::io::AsyncWriteExt;
        let mut process = tokio::process::Command::new(binary("payonce"))
            .args(args)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let done = process.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(done.status.success(), "{args:?}: {said}");
        assert!(input.is_empty() || !said.contains(input), "it shows the secret: {said}");
    }

    /// Signed the moment they go out, to whichever instance is free, until the last rotation is over.
    async fn deliver(&self, house: &House, mut random: Random) {
        let rate = given("ROTATION_RATE", 100);
        let due = Arc::new(tokio::sync::Semaphore::new(0));
        let clock = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            let (since, mut given_out) = (Instant::now(), 0);
            while !self.over.load(Ordering::SeqCst) {
                ticks.tick().await;
                let wanted = since.elapsed().as_millis() as u64 * rate / 1_000;
                due.add_permits((wanted - given_out) as usize);
                given_out = wanted;
            }
            due.close();
        };
        let workers = (0..INSTANCES).flat_map(|_| [Stripe, Razorpay]).map(|provider| {
            let (due, mut random) = (due.clone(), random.split());
            async move {
                let instance = self.start(&format!("{}-webhook", provider.name())).await;
                while let Ok(permit) = due.acquire().await {
                    permit.forget();
                    let number = self.events.fetch_add(1, Ordering::SeqCst);
                    let body = if number.is_multiple_of(ORDER_EVERY) {
                        house.order(provider, &[("darjeeling", 1)]).await.paid()
                    } else {
                        happening(provider.name(), number)
                    };
                    let old = random.below(5) == 0;
                    for headers in self.signed(provider == Stripe, old, &body) {
                        let reply = instance.post(headers, &body).await.expect("it lives");
                        assert_eq!(reply.status, 200, "event {number}: {}", reply.body);
                        self.deliveries.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        });
        tokio::join!(clock, futures_util::future::join_all(workers));
    }

    /// As each of Stripe's endpoints delivers it; as Razorpay does, with the secret before if it happened before.
    fn signed(&self, stripe: bool, old: bool, body: &str) -> Vec<Value> {
        if stripe {
            let all = self.stripe.signs(body, SystemTime::now());
            assert!(!all.is_empty(), "no endpoint delivers: {body}");
            return all.into_iter().map(|(_, header)| json!({ "stripe-signature": header })).collect();
        }
        let signs = self.razorpay_signs.lock().unwrap();
        let secret = signs.1.as_ref().filter(|_| old).unwrap_or(&signs.0);
        vec![json!({ "x-razorpay-signature": razorpay::sign(body.as_bytes(), secret) })]
    }

    async fn audit(&self, house: &House) {
        let (events, deliveries) =
            (self.events.load(Ordering::SeqCst), self.deliveries.load(Ordering::SeqCst));
        let kills = self.kills.load(Ordering::SeqCst);
        assert_eq!(house.count("payonce.webhook_events").await, events as i64, "stored once each");
        let paid = house.count("payonce.webhook_events where outcome = 'order_paid'").await;
        assert_eq!(paid, events.div_ceil(ORDER_EVERY) as i64);
        assert_eq!(house.stock_of("darjeeling").await, 1_000_000 - paid);
        let verified = |stage: &str| format!("payonce.webhook_events where secret_version like '{stage}@%'");
        let by = [
            house.count(&verified("current")).await,
            house.count(&verified("previous")).await,
            house.count(&verified("pending")).await,
        ];
        println!(
            "{} rotations of each secret, {kills} kills, {deliveries} deliveries of {events} events; verified by the current {}, previous {}, pending {}",
            given("ROTATIONS", 6),
            by[0],
            by[1],
            by[2]
        );
        assert!(deliveries > events, "no event came from two endpoints");
        assert!(by.iter().all(|count| *count > 0), "{by:?}");
        assert!(kills >= 3 * given("ROTATIONS", 6), "only {kills} kills");
        assert_eq!(self.stripe.endpoints().iter().filter(|one| one["status"] == "enabled").count(), 2);
    }
}

/// An event that nothing follows from, of its own each.
fn happening(provider: &str, number: u64) -> String {
    let created = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    match provider {
        "stripe" => json!({
            "id": format!("evt_{}", Uuid::now_v7().simple()), "object": "event", "type": "customer.created",
            "created": created, "livemode": false, "data": { "object": { "id": format!("cus_{number}") } },
        }),
        _ => json!({
            "entity": "event", "account_id": "acc_1", "event": "customer.created", "contains": ["customer"],
            "payload": { "customer": { "entity": { "id": format!("cust_{number}") } } }, "created_at": created,
        }),
    }
    .to_string()
}
