//! What waits for a person, as text.
use serde_json::Value;

use super::table::{amount, count, list, moment, section, text};

type Row = fn(&Value) -> Vec<String>;

/// Each kind: its key, its title with what to do, how one of it reads.
const KINDS: [(&str, &str, Row); 7] = [
    ("dead", "Dead events: given up; once the cause is mended, payonce webhook replay ID", event),
    ("parked", "Parked events: not applied, on purpose; payonce event show ID", event),
    (
        "refunds",
        "Refunds requested and not yet sent: sending comes with the sweeper; until then, at the provider's desk",
        refund,
    ),
    (
        "unrefunded",
        "Money that must go back and whose refunds failed: send it at the provider's desk",
        refund,
    ),
    ("mismatches", "Money of another amount than was asked: nothing was delivered for it", mismatch),
    ("disputes", "Open disputes: answer at the provider's desk", dispute),
    ("shortfalls", "Credits spent before they could be taken back", shortfall),
];

/// A section a kind, at most `limit` rows each; nothing where nothing waits.
pub(crate) fn waiting(all: &Value, limit: usize) -> String {
    let kind = |(key, title, row): (&str, &str, Row)| {
        let of_it = list(all, key);
        let mut rows: Vec<Vec<String>> = of_it.iter().take(limit).map(row).collect();
        if of_it.len() > limit {
            rows.push(vec!["and more: --limit".into()]);
        }
        section(title, &rows)
    };
    KINDS.into_iter().map(kind).collect()
}

fn event(event: &Value) -> Vec<String> {
    vec![
        moment(event, "received_at"),
        text(event, "provider").into(),
        text(event, "event_type").into(),
        text(event, "outcome").into(),
        text(event, "id").into(),
    ]
}

fn refund(refund: &Value) -> Vec<String> {
    vec![
        moment(refund, "created_at"),
        amount(refund, "amount_minor", refund),
        text(refund, "reason").into(),
        text(refund, "provider").into(),
        text(refund, "provider_payment_id").into(),
        about(refund),
    ]
}

fn mismatch(capture: &Value) -> Vec<String> {
    let expected = serde_json::json!({ "currency": capture["expected_currency"] });
    vec![
        moment(capture, "captured_at"),
        format!("came {}", amount(capture, "amount_minor", capture)),
        format!("asked {}", amount(capture, "expected_minor", &expected)),
        text(capture, "provider").into(),
        text(capture, "provider_payment_id").into(),
        about(capture),
    ]
}

fn dispute(dispute: &Value) -> Vec<String> {
    let due = match dispute["due_by"].is_null() {
        true => "no date given".into(),
        false => format!("by {}", moment(dispute, "due_by")),
    };
    vec![
        due,
        amount(dispute, "amount_minor", dispute),
        text(dispute, "state").into(),
        text(dispute, "provider").into(),
        text(dispute, "provider_dispute_id").into(),
        about(dispute),
    ]
}

/// The order or the payment for credits.
fn about(of: &Value) -> String {
    of["about"].as_str().unwrap_or("of a payment that is not here").into()
}

fn shortfall(owed: &Value) -> Vec<String> {
    vec![
        moment(owed, "created_at"),
        format!("{} credits", count(owed, "credits")),
        text(owed, "external_key").into(),
        text(owed, "about").into(),
    ]
}
