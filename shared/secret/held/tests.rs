use std::time::{Duration, SystemTime};

use super::*;

const NAME: &str = "STRIPE_WEBHOOK_SECRET";

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn version(stage: Stage, text: &str, created: u64) -> Version {
    Version { stage, id: format!("id-of-{text}"), text: text.into(), created: at(created) }
}

fn live(held: &Held, second: u64) -> Vec<String> {
    held.ring(NAME).unwrap().live(at(second)).iter().map(|secret| secret.version().to_owned()).collect()
}

#[test]
fn the_previous_one_is_accepted_for_the_overlap_from_the_making_of_the_current_one() {
    let versions = vec![version(Stage::Current, "new", 1_000), version(Stage::Previous, "old", 10)];
    let held = Held::default().with(NAME, versions, Some(Duration::from_secs(60)));
    assert_eq!(live(&held, 1_059), ["current@id-of-new", "previous@id-of-old"]);
    assert_eq!(live(&held, 1_060), ["current@id-of-new"]);
}

#[test]
fn without_an_overlap_the_previous_one_is_accepted_until_it_is_not_the_previous_one_any_more() {
    let versions = vec![version(Stage::Current, "new", 1_000), version(Stage::Previous, "old", 10)];
    let held = Held::default().with(NAME, versions, None);
    assert_eq!(live(&held, 1_000 + 90 * 86_400), ["current@id-of-new", "previous@id-of-old"]);
    let held = Held::default().with(NAME, vec![version(Stage::Current, "new", 1_000)], None);
    assert_eq!(live(&held, 1_001), ["current@id-of-new"]);
}

#[test]
fn the_next_one_is_accepted_and_signs_nothing() {
    let versions = vec![version(Stage::Current, "now", 5), version(Stage::Pending, "next", 9)];
    let held = Held::default().with(NAME, versions, Some(Duration::ZERO));
    assert_eq!(live(&held, 9_999), ["current@id-of-now", "pending@id-of-next"]);
    assert_eq!(held.current(NAME).as_deref(), Some("now"));
    let alone = Held::default().with(NAME, vec![version(Stage::Pending, "next", 9)], Some(Duration::ZERO));
    assert_eq!(alone.current(NAME), None);
}

#[test]
fn a_secret_without_a_value_is_asked_for_and_empty() {
    let held = Held::default().with(NAME, Vec::new(), Some(Duration::ZERO));
    assert!(held.ring(NAME).unwrap().is_empty());
    assert_eq!((held.current(NAME), held.ring("OTHER")), (None, None));
    let blank = Held::default().with(NAME, vec![version(Stage::Current, " \n", 1)], Some(Duration::ZERO));
    assert!(blank.ring(NAME).unwrap().is_empty());
}

#[test]
fn what_is_newer_takes_the_place_of_what_is_there() {
    let of = |text| Held::default().with(NAME, vec![version(Stage::Current, text, 1)], Some(Duration::ZERO));
    let other = Held::default().with("SERVICE_TOKEN", Vec::new(), Some(Duration::ZERO));
    let both = of("old").and(other).and(of("new"));
    assert_eq!(both.current(NAME).as_deref(), Some("new"));
    assert!(both.ring("SERVICE_TOKEN").is_some());
    assert_eq!(of("same"), of("same"));
    assert_ne!(of("same"), of("other"));
}

#[test]
fn a_document_holds_the_secret_or_the_parts_of_a_url() {
    for (text, secret) in [
        ("whsec_plain", "whsec_plain"),
        (r#"{"secret": "whsec_1", "endpoint": "we_1"}"#, "whsec_1"),
        (r#"{"key_id": "rzp_live_1", "key_secret": "hush"}"#, "hush"),
        (r#"{"other": "no secret of ours"}"#, r#"{"other": "no secret of ours"}"#),
        ("{not json", "{not json"),
        (r#""quoted""#, r#""quoted""#),
        (
            r#"{"username": "pay_clone", "password": "a/b:c@d é%", "host": "db.example", "port": 6432, "dbname": "shop"}"#,
            "postgres://pay_clone:a%2Fb%3Ac%40d%20%C3%A9%25@db.example:6432/shop",
        ),
        (
            r#"{"username": "pay", "password": "p", "host": "db.example", "port": "5433"}"#,
            "postgres://pay:p@db.example:5433/postgres",
        ),
        (
            r#"{"username": "pay", "password": "p", "host": "db.example"}"#,
            "postgres://pay:p@db.example:5432/postgres",
        ),
    ] {
        assert_eq!(plain(text.into()), secret, "{text}");
    }
}

#[test]
fn a_password_of_any_letters_survives_the_url() {
    let password = "p@ss/w:rd?#[] %41\u{e9}\"'";
    let document = serde_json::json!({ "username": "u", "password": password, "host": "h" }).to_string();
    let url: tokio_postgres::Config = plain(document).parse().unwrap();
    assert_eq!(url.get_password(), Some(password.as_bytes()));
}

#[test]
fn nothing_of_it_is_printed_but_versions() {
    let kept = Version { id: "5c1f".into(), ..version(Stage::Current, "hush", 1) };
    let shown = format!("{:?}", Held::default().with(NAME, vec![kept], Some(Duration::ZERO)));
    assert!(shown.contains("current@5c1f") && !shown.contains("hush"), "{shown}");
}

#[test]
fn an_endpoint_that_was_replaced_is_switched_off_some_time_before_its_secret_is_refused() {
    let kept = r#"{"secret": "whsec_2", "endpoint": "we_2", "replaces": "we_1"}"#;
    let of = |overlap| {
        let held = Held::default().with(NAME, vec![version(Stage::Current, kept, 1_000)], Some(overlap));
        held.replaced(NAME).cloned().unwrap()
    };
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    assert_eq!(
        of(hours(72)),
        Replaced { endpoint: "we_1".into(), off_from: at(1_000) + hours(72) - hours(1) / 2 }
    );
    assert_eq!(of(Duration::from_secs(8)).off_from, at(1_006));
    assert_eq!(of(Duration::ZERO).off_from, at(1_000));
    let held = Held::default().with(NAME, vec![version(Stage::Current, "whsec_1", 1)], Some(hours(1)));
    assert_eq!((held.replaced(NAME), held.replaced("OTHER")), (None, None));
}
