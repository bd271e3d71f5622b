//! What waits for a person, as text.
use serde_json::Value;

use super::given_back::waiting_refund;
use super::table::{amount, count, list, moment, section, table, text};

type Rows = fn(&Value) -> Vec<Vec<String>>;

/// Each kind: its key, its title with what to do, how one of it reads.
const KINDS: [(&str, &str, Rows); 8] = [
    ("dead", "Dead events: given up; once the cause is mended, payonce webhook replay ID", event),
    ("parked", "Parked events: not applied, on purpose; payonce event show ID", event),
    (
        "given_up",
        "Refunds that were given up: payonce refund retry ID, once the cause is mended",
        waiting_refund,
    ),
    (
        "refunds",
        "Refunds requested and not yet sent: the sweeper sends them, or payonce refund send",
        waiting_refund,
    ),
    (
        "unrefunded",
        "Money that must go back and whose refunds failed: payonce refund create ID, or at the provider's desk",
        unrefunded,
    ),
    (
        "mismatches",
        "Money that is not what was asked: payonce mismatch accept ID, payonce mismatch refund ID",
        mismatch,
    ),
    ("disputes", "Open disputes: answer at the provider's desk", dispute),
    ("shortfalls", "Credits spent before they could be taken back", shortfall),
];

/// A section a kind, at most `limit` of each; nothing where nothing waits.
pub(crate) fn waiting(all: &Value, limit: usize) -> String {
    let kind = |(key, title, rows_of): (&str, &str, Rows)| {
        let of_it = list(all, key);
        let mut rows: Vec<Vec<String>> = of_it.iter().take(limit).flat_map(rows_of).collect();
        if of_it.len() > limit {
            rows.push(vec!["and more: --limit".into()]);
        }
        section(title, &rows)
    };
    KINDS.into_iter().map(kind).collect()
}

/// Money that waits for a decision.
pub(crate) fn mismatches(captures: &[Value]) -> String {
    table(&captures.iter().flat_map(mismatch).collect::<Vec<_>>())
}

fn event(event: &Value) -> Vec<Vec<String>> {
    vec![vec![
        moment(event, "received_at"),
        text(event, "provider").into(),
        text(event, "event_type").into(),
        text(event, "outcome").into(),
        text(event, "id").into(),
    ]]
}

fn unrefunded(refund: &Value) -> Vec<Vec<String>> {
    vec![vec![
        moment(refund, "created_at"),
        amount(refund, "amount_minor", refund),
        text(refund, "reason").into(),
        text(refund, "provider").into(),
        text(refund, "provider_payment_id").into(),
        about(refund),
    ]]
}

fn mismatch(capture: &Value) -> Vec<Vec<String>> {
    let expected = serde_json::json!({ "currency": capture["expected_currency"] });
    vec![vec![
        moment(capture, "captured_at"),
        format!("came {}", amount(capture, "amount_minor", capture)),
        format!("asked {}", amount(capture, "expected_minor", &expected)),
        text(capture, "provider").into(),
        text(capture, "provider_payment_id").into(),
        capture["order"].as_str().or(capture["payment"].as_str()).map_or_else(|| about(capture), Into::into),
    ]]
}

fn dispute(dispute: &Value) -> Vec<Vec<String>> {
    let due = match dispute["due_by"].is_null() {
        true => "no date given".into(),
        false => format!("by {}", moment(dispute, "due_by")),
    };
    vec![vec![
        due,
        amount(dispute, "amount_minor", dispute),
        text(dispute, "state").into(),
        text(dispute, "provider").into(),
        text(dispute, "provider_dispute_id").into(),
        about(dispute),
    ]]
}

/// The order or the payment for credits.
fn about(of: &Value) -> String {
    of["about"].as_str().unwrap_or("of a payment that is not here").into()
}

fn shortfall(owed: &Value) -> Vec<Vec<String>> {
    vec![vec![
        moment(owed, "created_at"),
        format!("{} credits", count(owed, "credits")),
        text(owed, "external_key").into(),
        text(owed, "about").into(),
    ]]
}
