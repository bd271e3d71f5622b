//! A fact in one line of text, for tests: `captured ours cs_1 pi_1 GBP 4200`.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use uuid::Uuid;

use crate::inbox::event::{Event, Fact, PaymentRef, Verified};
use crate::money::Money;

/// The mark shown as `ours`.
pub(crate) const OURS: &str = "0198f3a0-5b7e-7c44-9d2a-6f0c1e8b4a11";

/// As `verify` would hand it on.
pub(crate) fn verified(body: impl AsRef<[u8]>) -> Verified {
    let body = Bytes::copy_from_slice(body.as_ref());
    Verified { body, secret_version: "current".into(), header_id: None }
}

pub(crate) fn retold(fact: &Fact) -> String {
    match fact {
        Fact::Captured(capture) => format!("captured {} {}", named(&capture.payment), plain(capture.money)),
        Fact::Advanced(payment, stage) => format!("{} {}", stage.name(), named(payment)),
        Fact::Refunded(r) => {
            format!("refund {} {} {} {}", r.id, r.state.name(), named(&r.payment), plain(r.money))
        }
        Fact::RefundsTotalled(payment, money) => format!("totalled {} {}", named(payment), plain(*money)),
        Fact::Disputed(d) => {
            let due = d.due_by.map_or("-".into(), |time| seconds(time).to_string());
            format!("dispute {} {} {} {} {due}", d.id, d.state.name(), named(&d.payment), plain(d.money))
        }
        Fact::Unhandled => "unhandled".into(),
        Fact::Unusable(code) => format!("parked {code}"),
    }
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn at(unix: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix)
}

fn named(payment: &PaymentRef) -> String {
    let mark =
        payment.mark.map(|mark| if mark.to_string() == OURS { "ours".into() } else { mark.to_string() });
    let show = |id: &Option<String>| id.clone().unwrap_or("-".into());
    format!("{} {} {}", show(&mark), show(&payment.provider_order), show(&payment.provider_payment))
}

fn plain(money: Money) -> String {
    format!("{} {}", money.currency, money.minor)
}

/// Our mark, as tests put it into bodies.
pub(crate) fn ours() -> Uuid {
    OURS.parse().unwrap()
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Reads `tests/data/golden/<provider>.tsv`: file, key, created. What it says must never change:
/// another key or time for the same bytes would be a second row, and a second effect.
pub(crate) fn golden(provider: &str, read: impl Fn(Vec<u8>) -> Event) {
    let folder = repository("tests/data/golden");
    let table = fs::read_to_string(folder.join(format!("{provider}.tsv"))).unwrap();
    for line in table.lines() {
        let (file, frozen) = line.split_once('\t').unwrap();
        let event = read(fs::read(folder.join(provider).join(file)).unwrap());
        assert_eq!(format!("{}\t{}", event.key, seconds(event.created)), frozen, "{file}");
    }
    assert_eq!(table.lines().count(), fs::read_dir(folder.join(provider)).unwrap().count());
}

/// Compares each file of `events/<provider>-webhook` with what `write` makes of its type.
pub(crate) fn written(provider: &str, write: impl Fn(&str) -> String) {
    for file in fs::read_dir(repository("events").join(format!("{provider}-webhook"))).unwrap() {
        let path = file.unwrap().path();
        let kind = path.file_stem().unwrap().to_str().unwrap();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        if std::env::var_os("WRITE_EVENTS").is_some() {
            fs::write(&path, format!("{:#}\n", value(&write(kind)))).unwrap();
        }
        assert_eq!(value(&fs::read_to_string(&path).unwrap()), value(&write(kind)), "{kind}");
    }
}
