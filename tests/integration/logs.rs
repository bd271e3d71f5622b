//! What the functions write to their log over a run of good, bad, failing and hopeless requests: JSON, and nothing of
//! a secret, a signature, a person or a body.
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::{razorpay, stripe};
use payonce_tests::{House, Instance, Proxy, environment, in_a_house};
use serde_json::{Value, json};

const STRIPE: &str = "whsec_canary_stripe_4f1d";
const STRIPE_OLD: &str = "whsec_canary_previous_9a2c";
const RAZORPAY: &str = "canary-razorpay-7be0";
const PERSON: &str = "Canary Quillfeather";
const EMAIL: &str = "canary.quillfeather@example.com";
const NOTE: &str = "canary-note-in-the-body";

#[test]
fn no_log_line_holds_a_secret_a_signature_a_person_or_a_piece_of_a_body_and_each_is_json() {
    in_a_house(async |house: &House| {
        let journal = Journal::new(house);
        let mut forbidden: Vec<String> =
            [STRIPE, STRIPE_OLD, RAZORPAY, PERSON, EMAIL, NOTE, "quillfeather", "canary"]
                .map(String::from)
                .into();
        forbidden.push(environment("LOCAL_DATABASE_PASSWORD"));
        // What every body of ours holds of its buyer.
        forbidden.extend(
            ["mira.thistle", "ammu.varier", "Marigold Row", "919000000042", "asha.rao"].map(String::from),
        );

        for provider in [Stripe, Razorpay] {
            let instance = journal.start(provider, &[]).await;
            journal.good_and_bad(provider, &instance, &mut forbidden).await;
            journal.failing(provider, &instance).await;
            journal.outages(provider).await;
        }
        journal.retries().await;
        journal.hopeless_starts().await;

        let log = std::fs::read_to_string(&journal.path).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert!(lines.len() > 60, "only {} lines", lines.len());
        for line in &lines {
            let read: Result<Value, _> = serde_json::from_str(line);
            assert!(
                read.is_ok_and(|line| line["level"].is_string() && line["timestamp"].is_string()),
                "not JSON: {line}"
            );
            let lower = line.to_lowercase();
            for canary in &forbidden {
                assert!(!lower.contains(&canary.to_lowercase()), "{canary:?} in {line}");
            }
        }
        // The run was what it should be: each kind of line is there.
        for said in [
            "signature_mismatch",
            "secret_missing",
            "order_paid",
            "constraint_refused",
            "deadline",
            "database_unreachable",
            "unusable configuration",
            "function_ended",
            "webhook-retry ran",
            "Connection refused",
            "password authentication failed",
        ] {
            assert!(log.contains(said), "nobody said {said}");
        }
        let _ = std::fs::remove_file(&journal.path);
    });
}

struct Journal<'a> {
    house: &'a House,
    path: PathBuf,
}

impl<'a> Journal<'a> {
    fn new(house: &'a House) -> Self {
        let path = std::env::temp_dir().join(format!("payonce-log-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self { house, path }
    }

    async fn start(&self, provider: Provider, changes: &[(&str, &str)]) -> Instance {
        let secrets = [
            ("STRIPE_WEBHOOK_SECRET", STRIPE),
            ("STRIPE_WEBHOOK_SECRET_PREVIOUS", STRIPE_OLD),
            ("STRIPE_WEBHOOK_SECRET_PREVIOUS_UNTIL", "4000000000"),
            ("RAZORPAY_WEBHOOK_SECRET", RAZORPAY),
        ];
        let kept = secrets.iter().filter(|(name, _)| changes.iter().all(|(other, _)| name != other));
        let settings: Vec<(&str, &str)> = kept.chain(changes).copied().collect();
        self.house.start_logged(&format!("{}-webhook", provider.name()), &settings, &self.path).await
    }

    /// Events that take effect, that do not, and that nobody signed.
    async fn good_and_bad(&self, provider: Provider, instance: &Instance, forbidden: &mut Vec<String>) {
        let house = self.house;
        house.stock(&format!("tea-{}", provider.name()), 45_000, 10).await;
        let order = house.order(provider, &[(&format!("tea-{}", provider.name()), 1)]).await;
        let mismatch = house.topup(provider, 5, 500).await;
        let bodies = [
            personal(&order.paid()),
            personal(&mismatch.tells_with(paid(provider), |told| told.money.minor += 1)),
            personal(&order.tells(if provider == Stripe {
                "customer.created"
            } else {
                "payment.downtime.started"
            })),
            personal(&order.tells(if provider == Stripe { "refund.updated" } else { "refund.processed" })),
            // Rightly signed, and no event.
            format!("{{\"{NOTE}\": "),
            format!(
                "{{\"id\": \"{NOTE} {EMAIL}\", \"type\": \"{EMAIL} {PERSON}\", \"event\": \"{EMAIL} {PERSON}\"}}"
            ),
            format!("\u{feff}{{\"{NOTE}\": 1}}"),
        ];
        for body in &bodies {
            let signed = sign(provider, body, SystemTime::now());
            let signature = signed.as_object().unwrap().values().next().unwrap().as_str().unwrap();
            forbidden.push(signature.rsplit('=').next().unwrap().to_owned());
            for _ in 0..2 {
                let _ = instance.post(signed.clone(), body).await.unwrap();
            }
        }
        let body = &bodies[0];
        let header = if provider == Stripe { "stripe-signature" } else { "x-razorpay-signature" };
        let other_body = sign(provider, &format!("{body} "), SystemTime::now());
        let stale = sign(provider, body, SystemTime::now() - Duration::from_secs(3_600));
        for headers in [
            json!({}),
            json!({ header: "" }),
            json!({ header: format!("t=1,v1={NOTE}") }),
            json!({ header: format!("{NOTE} {EMAIL}") }),
            json!({ header: STRIPE }),
            other_body,
            stale,
            json!({ "authorization": format!("Bearer {NOTE}"), "cookie": NOTE }),
        ] {
            let _ = instance.post(headers, body).await.unwrap();
        }
        for invocation in [
            json!({ "rawPath": "/", "requestContext": { "http": { "method": "POST" } }, "body": format!("{NOTE}!"), "isBase64Encoded": true }),
            json!({ "rawPath": "/", "requestContext": { "http": { "method": "POST" } }, "body": NOTE.repeat(100_000) }),
            json!({ "rawPath": "/nowhere", "rawQueryString": format!("email={EMAIL}"), "requestContext": { "http": { "method": "GET" } } }),
            json!({ "rawPath": "/", "requestContext": { "http": { "method": "PUT" } }, "body": NOTE }),
            json!({ "Records": [{ "body": NOTE }] }),
        ] {
            let reply = instance.request(&invocation).await.unwrap();
            assert!((400..500).contains(&reply.status));
        }
    }

    /// The event's own fault: the database's refusal quotes the row in its detail.
    async fn failing(&self, provider: Provider, instance: &Instance) {
        let house = self.house;
        house
            .run(
                "alter table payonce.captures add constraint planted check (amount_minor <> 49900) not valid",
            )
            .await;
        let topup = house.topup(provider, 500, 49_900).await;
        let body = personal(&topup.paid());
        let reply = instance.post(sign(provider, &body, SystemTime::now()), &body).await.unwrap();
        assert_eq!(reply.body["status"], "failed");
        house.run("alter table payonce.captures drop constraint planted").await;
    }

    async fn outages(&self, provider: Provider) {
        let house = self.house;
        let proxy = Proxy::start(&house.cluster.pool).await;
        let good = house.url_at(proxy.port);
        let wrong_password = house.cluster.direct_url("payonce_request_login", &house.name);
        let wrong_password = wrong_password.replace(&environment("LOCAL_DATABASE_PASSWORD"), NOTE);
        let body = personal(&house.topup(provider, 500, 49_900).await.paid());
        let post = async |instance: &Instance| {
            instance.post(sign(provider, &body, SystemTime::now()), &body).await.unwrap().status
        };
        for url in [house.url_at(1), wrong_password] {
            assert_eq!(post(&self.start(provider, &[("DATABASE_URL", &url)]).await).await, 503);
        }
        let name = if provider == Stripe { "STRIPE_WEBHOOK_SECRET" } else { "RAZORPAY_WEBHOOK_SECRET" };
        let keyless = self.start(provider, &[(name, ""), ("STRIPE_WEBHOOK_SECRET_PREVIOUS", "")]).await;
        assert_eq!(post(&keyless).await, 400);
        let instance = self.start(provider, &[("DATABASE_URL", &good)]).await;
        assert_eq!(post(&instance).await, 200);
        proxy.hang();
        assert_eq!(post(&instance).await, 503);
    }

    async fn retries(&self) {
        self.house
            .run("update payonce.webhook_events set next_attempt_at = now() where status = 'failed'")
            .await;
        let retry = self.house.start_logged("webhook-retry", &[], &self.path).await;
        let report =
            retry.invoke(&json!({ "detail": NOTE }), Duration::from_secs(60)).await.unwrap().unwrap();
        assert_eq!(report["settled"], 2, "{report}");
    }

    /// Settings nobody can work with: the process ends, and says which by name.
    async fn hopeless_starts(&self) {
        let with_password = format!("postgres://canary:{NOTE}@host:not-a-port/x");
        for changes in [
            vec![("DATABASE_URL", "")],
            vec![("DATABASE_URL", with_password.as_str())],
            vec![("DATABASE_POOL_MAX", NOTE), ("LIVEMODE", NOTE)],
            vec![("STRIPE_WEBHOOK_SECRET_PREVIOUS_UNTIL", "")],
            vec![
                ("DATABASE_CA_FILE", "/nowhere/ca.pem"),
                ("DATABASE_URL", "postgres://canary:canary@localhost/x?sslmode=require"),
            ],
        ] {
            let mut instance = self.start(Stripe, &changes).await;
            let mut waited = 0;
            while instance.ended().is_none() {
                waited += 1;
                assert!(waited < 500, "it started with {changes:?}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

fn paid(provider: Provider) -> &'static str {
    if provider == Stripe { "checkout.session.completed" } else { "payment.captured" }
}

/// With a person in it, who is nobody else's.
fn personal(body: &str) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["note"] = json!({ "name": PERSON, "email": EMAIL, "text": NOTE });
    body.to_string()
}

fn sign(provider: Provider, body: &str, at: SystemTime) -> Value {
    match provider {
        Stripe => json!({ "stripe-signature": stripe::sign(body.as_bytes(), STRIPE, at) }),
        Razorpay => json!({ "x-razorpay-signature": razorpay::sign(body.as_bytes(), RAZORPAY) }),
    }
}
