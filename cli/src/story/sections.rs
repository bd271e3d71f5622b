//! The sections of a story.
use serde_json::Value;

use super::table::{amount, count, list, moment, plain, section, text};

/// What was ordered, and how it adds up.
pub(super) fn items(story: &Value) -> String {
    let order = &story["order"];
    let mut rows: Vec<Vec<String>> = list(story, "items")
        .iter()
        .map(|item| {
            let name = match text(item, "variant") {
                "" => text(item, "product_slug").to_owned(),
                variant => format!("{}/{variant}", text(item, "product_slug")),
            };
            let each = format!("{} x {}", count(item, "qty"), amount(item, "unit_price_minor", order));
            vec![name, each, amount(item, "line_total_minor", order)]
        })
        .collect();
    let parts = [("discount_minor", "less"), ("shipping_minor", "shipping"), ("tax_minor", "tax")];
    for (key, name) in parts {
        if count(order, key) != 0 {
            let why = if key == "discount_minor" { text(order, "promo_code") } else { "" };
            rows.push(vec![why.into(), name.into(), amount(order, key, order)]);
        }
    }
    rows.push(vec![String::new(), "total".into(), amount(order, "total_minor", order)]);
    if count(order, "tax_included_minor") != 0 {
        rows.push(vec![String::new(), "tax in it".into(), amount(order, "tax_included_minor", order)]);
    }
    section("Items", &rows) + &promotion(&story["promotion"])
}

fn promotion(redeemed: &Value) -> String {
    match redeemed["over_limit"].as_bool() {
        Some(true) => format!("  {} had run out by then and was honoured\n", text(redeemed, "code")),
        _ => String::new(),
    }
}

/// What we asked for, and under it the money that came.
pub(super) fn payments(payments: &[Value], captures: &[Value]) -> String {
    let mut rows = Vec::new();
    for payment in payments {
        rows.push(vec![
            moment(payment, "created_at"),
            format!("asked {}", amount(payment, "amount_minor", payment)),
            text(payment, "status").into(),
            text(payment, "provider").into(),
            text(payment, "provider_order_id").into(),
        ]);
        let ours =
            vec![String::new(), String::new(), String::new(), "payonce".into(), text(payment, "id").into()];
        rows.push(ours);
        let of_it = captures.iter().filter(|capture| capture["payment_id"] == payment["id"]);
        rows.extend(of_it.map(captured));
    }
    section("Payments", &rows)
}

fn captured(capture: &Value) -> Vec<String> {
    let mut verdict = text(capture, "verdict").to_owned();
    for (key, what) in [("refunded_minor", "refunded"), ("disputed_minor", "disputed")] {
        if count(capture, key) > 0 {
            verdict = format!("{verdict}, {} {what}", amount(capture, key, capture));
        }
    }
    if count(capture, "adjusted_minor") != 0 {
        verdict = format!("{verdict}, {} let off", amount(capture, "adjusted_minor", capture));
    }
    vec![
        moment(capture, "captured_at"),
        format!("came  {}", amount(capture, "amount_minor", capture)),
        verdict,
        text(capture, "provider").into(),
        text(capture, "provider_payment_id").into(),
    ]
}

/// The ledger entries of a top-up, and what could not be taken back.
pub(super) fn credits(entries: &[Value], shortfalls: &[Value]) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            vec![
                moment(entry, "created_at"),
                text(entry, "entry_type").into(),
                format!("{:+}", count(entry, "wallet_delta")),
                format!("balance {}", count(entry, "wallet_after")),
                format!("entry {}", count(entry, "seq")),
            ]
        })
        .collect();
    let owed: Vec<Vec<String>> = shortfalls
        .iter()
        .map(|shortfall| vec![moment(shortfall, "created_at"), format!("{:+}", count(shortfall, "credits"))])
        .collect();
    section("Credits", &rows) + &section("Credits spent before they could be taken back", &owed)
}

/// What the provider told us, and what became of it.
pub(super) fn events(events: &[Value]) -> String {
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let times = match count(event, "deliveries") {
                1 => "1 delivery".into(),
                many => format!("{many} deliveries"),
            };
            vec![
                moment(event, "received_at"),
                text(event, "event_type").into(),
                text(event, "status").into(),
                text(event, "outcome").into(),
                times,
                text(event, "id").into(),
            ]
        })
        .collect();
    section("Events", &rows)
}

/// What left the shelf, and what came back.
pub(super) fn stock(movements: &[Value]) -> String {
    let rows: Vec<Vec<String>> = movements
        .iter()
        .map(|movement| {
            let name = [text(movement, "product_slug"), text(movement, "variant")].join("/");
            vec![
                moment(movement, "created_at"),
                text(movement, "reason").into(),
                format!("{:+}", count(movement, "delta")),
                name.trim_end_matches('/').into(),
            ]
        })
        .collect();
    section("Stock", &rows)
}

/// Who did what.
pub(super) fn audit(entries: &[Value]) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            vec![
                moment(entry, "created_at"),
                text(entry, "action").into(),
                text(entry, "actor").into(),
                detail(&entry["detail"]),
            ]
        })
        .collect();
    section("Audit", &rows)
}

/// `captured INR 1,499.00, ...`: each amount with its currency, the rest as it stands.
fn detail(of: &Value) -> String {
    let told = of.as_object().into_iter().flatten().filter_map(|(key, value)| {
        if key.ends_with("currency") {
            return None;
        }
        let Some(what) = key.strip_suffix("_minor") else { return Some(format!("{key} {}", plain(value))) };
        let own = format!("{what}_currency");
        let currency = if of[&own].is_string() { &of[&own] } else { &of["currency"] };
        Some(format!("{what} {}", amount(of, key, &serde_json::json!({ "currency": currency }))))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The mails that are owed for it.
pub(super) fn mails(mails: &[Value]) -> String {
    let rows: Vec<Vec<String>> = mails
        .iter()
        .map(|mail| {
            vec![
                moment(mail, "created_at"),
                text(mail, "email_type").into(),
                text(mail, "status").into(),
                text(mail, "recipient").into(),
            ]
        })
        .collect();
    section("Mails", &rows)
}
