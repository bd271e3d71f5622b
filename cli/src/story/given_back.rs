//! Money on its way back, money that was taken back, and what persons decided about it.
use serde_json::Value;

use super::table::{amount, count, list, moment, section, table, text};

/// Refunds, decisions and disputes of a story.
pub(super) fn given_back(story: &Value) -> String {
    let refunds: Vec<Vec<String>> = list(story, "refunds").iter().flat_map(refund).collect();
    let decisions: Vec<Vec<String>> = list(story, "decisions").iter().map(decision).collect();
    let disputes: Vec<Vec<String>> = list(story, "disputes").iter().map(dispute).collect();
    section("Refunds", &refunds) + &section("Decisions", &decisions) + &section("Disputes", &disputes)
}

/// Refunds wherever they are from, each with whose it is.
pub(crate) fn refunds(refunds: &[Value]) -> String {
    table(&refunds.iter().flat_map(waiting_refund).collect::<Vec<_>>())
}

/// One that is not done yet: its money, whose, its id, and what was said and tried.
pub(super) fn waiting_refund(refund: &Value) -> Vec<Vec<String>> {
    let first = vec![
        moment(refund, "created_at"),
        amount(refund, "amount_minor", refund),
        stands(refund).into(),
        text(refund, "reason").into(),
        text(refund, "provider_payment_id").into(),
        refund["about"].as_str().unwrap_or("of a payment that is not here").into(),
    ];
    let named = under("refund", text(refund, "id"));
    [first].into_iter().chain([named]).chain(said(refund)).chain(tried(refund)).collect()
}

fn refund(refund: &Value) -> Vec<Vec<String>> {
    let unsent = match text(refund, "state") {
        "requested" => "not yet asked of the provider",
        _ => "never asked of the provider",
    };
    let first = vec![
        moment(refund, "created_at"),
        amount(refund, "amount_minor", refund),
        stands(refund).into(),
        text(refund, "reason").into(),
        refund["provider_refund_id"].as_str().unwrap_or(unsent).into(),
    ];
    [first].into_iter().chain(said(refund)).chain(tried(refund)).collect()
}

/// A request without a next attempt waits for a person.
fn stands(refund: &Value) -> &str {
    let is_request = text(refund, "state") == "requested";
    if is_request && refund["next_attempt_at"].is_null() { "given up" } else { text(refund, "state") }
}

/// Who asked for it and why, where a person did.
fn said(refund: &Value) -> Option<Vec<String>> {
    let note = refund["note"].as_str()?;
    Some(under(text(refund, "actor"), note))
}

/// How often it did not go out, and why; nothing once the provider has it.
fn tried(refund: &Value) -> Option<Vec<String>> {
    let error = refund["last_error"].as_str()?;
    if !["requested", "given up"].contains(&text(refund, "state")) {
        return None;
    }
    let times = match count(refund, "attempts") {
        1 => "tried once".to_owned(),
        many => format!("tried {many} times"),
    };
    let next = match refund["next_attempt_at"].is_null() {
        true => "payonce refund retry tries again".to_owned(),
        false => format!("again {}", moment(refund, "next_attempt_at")),
    };
    Some(under(&times, &format!("{error}; {next}")))
}

/// A further row of the same thing.
fn under(what: &str, said: &str) -> Vec<String> {
    vec![String::new(), String::new(), String::new(), what.to_owned(), said.to_owned()]
}

fn decision(decision: &Value) -> Vec<String> {
    let by = match decision["second_person"].as_str() {
        Some(second) => format!("{} and {second}", text(decision, "actor")),
        None => text(decision, "actor").to_owned(),
    };
    vec![
        moment(decision, "created_at"),
        text(decision, "decision").into(),
        format!("{} less than asked", amount(decision, "difference_minor", decision)),
        by,
        text(decision, "reason").into(),
    ]
}

fn dispute(dispute: &Value) -> Vec<String> {
    let due = match dispute["due_by"].is_null() {
        true => String::new(),
        false => format!("evidence by {}", moment(dispute, "due_by")),
    };
    vec![
        moment(dispute, "created_at"),
        amount(dispute, "amount_minor", dispute),
        text(dispute, "state").into(),
        text(dispute, "provider_dispute_id").into(),
        due,
    ]
}
