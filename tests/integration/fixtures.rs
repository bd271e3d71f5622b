//! Events that nobody here wrote, sent to the running functions: each is answered 2xx and ends as its table says.
//!
//! `tests/data/fixture_verdicts.tsv`: provider, name, fact, the type it is wrapped as (none: it is an event already),
//! status, outcome. The fixtures lie in `PAYONCE_FIXTURES`, or in a folder `fixtures` of any folder beside the clone;
//! where there are none, the project's own `events/` are tested alone. `WRITE_VERDICTS=1` writes the last two columns anew.
use std::path::{Path, PathBuf};

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::{House, Instance, in_a_house};
use serde_json::{Value, json};
use tokio_postgres::types::Type;
use uuid::Uuid;

/// What becomes of the project's own samples in a house that never sold anything.
const OURS: [(Provider, &str, &str); 12] = [
    (Stripe, "checkout.session.completed", "failed payment_not_stored_yet"),
    (Stripe, "checkout.session.expired", "failed payment_not_stored_yet"),
    (Stripe, "payment_intent.succeeded", "failed payment_not_stored_yet"),
    (Stripe, "payment_intent.payment_failed", "failed payment_not_stored_yet"),
    (Stripe, "refund.created", "processed fact_kept_for_unknown_payment"),
    (Stripe, "charge.dispute.created", "processed fact_kept_for_unknown_payment"),
    (Stripe, "customer.created", "ignored unhandled_type"),
    (Razorpay, "payment.captured", "failed payment_not_stored_yet"),
    (Razorpay, "order.paid", "failed payment_not_stored_yet"),
    (Razorpay, "payment.failed", "failed payment_not_stored_yet"),
    (Razorpay, "refund.processed", "processed fact_kept_for_unknown_payment"),
    (Razorpay, "payment.dispute.created", "processed fact_kept_for_unknown_payment"),
];

#[test]
fn every_sample_of_ours_is_answered_200_and_ends_as_expected() {
    in_a_house(async |house: &House| {
        let functions = Functions::start(house).await;
        for (provider, kind, expected) in OURS {
            let file = format!("events/{}-webhook/{kind}.json", provider.name());
            let body = std::fs::read_to_string(repository().join(&file)).unwrap();
            assert_eq!(functions.send(house, provider, &body).await, expected, "{file}");
        }
        for provider in [Stripe, Razorpay] {
            let listed = OURS.iter().filter(|(of, _, _)| *of == provider).count();
            let files =
                std::fs::read_dir(repository().join("events").join(format!("{}-webhook", provider.name())))
                    .unwrap();
            assert_eq!(
                files.count(),
                listed,
                "every file of events/{}-webhook is listed here",
                provider.name()
            );
        }
        let schedule = read(&repository().join("events/webhook-retry/schedule.json"));
        let retry = house.start("webhook-retry", &[]).await;
        let report = retry.invoke(&schedule, std::time::Duration::from_secs(60)).await.unwrap().unwrap();
        assert_eq!((report["waiting"].as_i64(), report["dead"].as_i64()), (Some(7), Some(0)), "{report}");
    });
}

/// Where the bodies of other projects are, if anywhere.
fn fixtures() -> Option<PathBuf> {
    let is_it = |folder: &PathBuf| folder.join("stripe").is_dir() && folder.join("razorpay").is_dir();
    if let Some(named) = std::env::var_os("PAYONCE_FIXTURES") {
        let named = PathBuf::from(named);
        assert!(is_it(&named), "PAYONCE_FIXTURES names no fixtures: {}", named.display());
        return Some(named);
    }
    let beside = std::fs::read_dir(repository().join("..")).ok()?;
    beside.filter_map(|entry| Some(entry.ok()?.path().join("fixtures"))).find(is_it)
}

#[test]
fn every_event_of_other_projects_is_answered_200_and_ends_as_the_table_says() {
    let Some(folder) = fixtures() else {
        println!("no fixtures of other projects here");
        return;
    };
    in_a_house(async |house: &House| {
        let functions = Functions::start(house).await;
        let table = repository().join("tests/data/fixture_verdicts.tsv");
        let (mut written, mut wrong) = (String::new(), Vec::new());
        for line in std::fs::read_to_string(&table).unwrap().lines() {
            let fixture = Fixture::read(line);
            let state = functions.send(house, fixture.provider, &fixture.body(&folder)).await;
            let (status, outcome) = state.split_once(' ').unwrap();
            let row = [fixture.provider.name(), fixture.name, fixture.fact, fixture.kind, status, outcome]
                .join("\t");
            if row != line {
                wrong.push(format!("{row}\n   not {line}"));
            }
            written += &format!("{row}\n");
        }
        if std::env::var_os("WRITE_VERDICTS").is_some() {
            std::fs::write(&table, written).unwrap();
        } else {
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    });
}

/// One line of the table.
struct Fixture<'a> {
    provider: Provider,
    name: &'a str,
    fact: &'a str,
    kind: &'a str,
}

impl<'a> Fixture<'a> {
    fn read(line: &'a str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let provider = columns[0].parse().unwrap();
        Self { provider, name: columns[1], fact: columns[2], kind: columns[3] }
    }

    /// A whole event as it is, anything else in an envelope that says the type it is sent as.
    fn body(&self, folder: &Path) -> String {
        let (file, part) =
            self.name.split_once('#').map_or((self.name, None), |(file, part)| (file, Some(part)));
        let path = folder.join(self.provider.name()).join(file);
        if self.kind.is_empty() && part.is_none() {
            return std::fs::read_to_string(path).unwrap();
        }
        let whole = read(&path);
        let object = match part {
            None => whole,
            Some(part) => match part.parse::<usize>() {
                Ok(number) if file == "webhook_samples.json" => whole["samples"][number]["body"].clone(),
                Ok(number) => whole["items"][number].clone(),
                Err(_) => whole["resources"][part].clone(),
            },
        };
        assert!(object.is_object(), "{}", self.name);
        match (self.kind, self.provider) {
            ("", _) => object,
            (kind, Stripe) => {
                // Some are the `data` of an event, the others what lies in it.
                let data = if object["object"].is_object() { object } else { json!({ "object": object }) };
                json!({
                    "id": format!("evt_fixture_{}_{kind}", self.name.replace(['/', '#', '.'], "_")), "object": "event",
                    "type": kind, "created": 1_760_000_000, "livemode": false, "data": data,
                })
            }
            (kind, Razorpay) => {
                let entity = object["entity"].as_str().unwrap().to_owned();
                let payload = json!({ entity: { "entity": object } });
                json!({ "entity": "event", "event": kind, "created_at": 1_760_000_000, "payload": payload, "fixture": self.name })
            }
        }
        .to_string()
    }
}

/// Both functions, running.
struct Functions {
    stripe: Instance,
    razorpay: Instance,
}

impl Functions {
    async fn start(house: &House) -> Self {
        Self {
            stripe: house.start("stripe-webhook", &[]).await,
            razorpay: house.start("razorpay-webhook", &[]).await,
        }
    }

    /// `status outcome`, of the answer and of the inbox alike.
    async fn send(&self, house: &House, provider: Provider, body: &str) -> String {
        let instance = if provider == Stripe { &self.stripe } else { &self.razorpay };
        let reply = instance.deliver(provider, body).await.unwrap();
        assert_eq!(reply.status, 200, "{}: {body}", reply.body);
        let event: Uuid = reply.body["event"].as_str().unwrap().parse().unwrap();
        let sql = "select status, outcome from payonce.webhook_events where id = $1";
        let rows = house.admin.query_typed(sql, &[(&event, Type::UUID)]).await.unwrap();
        assert_eq!(rows.len(), 1, "{event}");
        let (status, outcome): (String, String) = (rows[0].get("status"), rows[0].get("outcome"));
        assert!(["duplicate", &status].contains(&reply.body["status"].as_str().unwrap()), "{}", reply.body);
        assert_eq!(reply.body["outcome"], outcome);
        format!("{status} {outcome}")
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
