//! What the first line of a story says beside the state: money that is disputed or lost, credits that are owed.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::table::{amount, count, list, moment, text};

/// `; INR 1,097.00 disputed and lost`, or nothing.
pub(super) fn troubles(story: &Value) -> String {
    let states = [("open", "disputed"), ("inquiry", "inquired about"), ("lost", "disputed and lost")];
    let mut told: String = states.into_iter().map(|(state, says)| disputed(story, state, says)).collect();
    match list(story, "shortfalls").iter().map(|shortfall| count(shortfall, "credits")).sum::<i64>() {
        ..=0 => {}
        1 => told += "; 1 credit owed",
        owed => told += &format!("; {owed} credits owed"),
    }
    told
}

/// All disputes in this state as one sum a currency, with the first date that an answer is due.
fn disputed(story: &Value, state: &str, says: &str) -> String {
    let in_it = || list(story, "disputes").iter().filter(|dispute| text(dispute, "state") == state);
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for dispute in in_it() {
        let sum = sums.entry(text(dispute, "currency")).or_default();
        *sum = sum.saturating_add(count(dispute, "amount_minor"));
    }
    let mut told: String = sums
        .into_iter()
        .map(|(currency, sum)| {
            let sum = json!({ "minor": sum, "currency": currency });
            format!("; {} {says}", amount(&sum, "minor", &sum))
        })
        .collect();
    let due =
        in_it().filter(|dispute| dispute["due_by"].is_string()).map(|dispute| moment(dispute, "due_by"));
    if let (Some(first), true) = (due.min(), state != "lost") {
        told += &format!(", answer by {first}");
    }
    told
}
