//! The story of an order, a payment or an event as text: one section a table, oldest first, nothing where nothing was.
mod given_back;
mod headline;
mod sections;
mod table;
mod waiting;

use std::fmt::Write;

use payonce::receipt;
use serde_json::Value;

use table::{count, list, moment, text};

pub(crate) use given_back::refunds;
pub(crate) use table::amount;
pub(crate) use waiting::{mismatches, waiting};

/// Opens the transaction in which a story is read: times come out in UTC, whatever the session's zone.
pub(crate) const READ_IN_UTC: &str = "begin read only; set local timezone to 'UTC'";

/// Adds a value to what is told.
pub(crate) fn put(told: &mut Value, key: &str, value: Value) {
    if let Some(object) = told.as_object_mut() {
        object.insert(key.into(), value);
    }
}

/// The story of an order.
pub(crate) fn order(story: &Value) -> String {
    let (order, customer) = (&story["order"], &story["customer"]);
    let mut told = format!("Order {}   {}{}\n", text(order, "id"), state(order), headline::troubles(story));
    let mut facts = found_by(story, "our order id");
    facts.push(("placed", moment(order, "created_at")));
    match order["paid_at"].is_null() {
        true => facts.push(("expires", expires(order))),
        false => facts.push(("paid", moment(order, "paid_at"))),
    }
    facts.extend(numbered(story));
    facts.push(("customer", format!("{} <{}>", text(customer, "name"), text(customer, "email"))));
    if !story["totals"].is_null() {
        facts.push(("", bought(&story["totals"])));
    }
    facts.push(("money", mode(order)));
    told += &table::facts(&facts);

    told += &sections::items(story);
    told += &sections::payments(list(story, "payments"), list(story, "captures"));
    told += &given_back::given_back(story);
    told += &sections::events(list(story, "events"));
    told += &sections::stock(list(story, "stock"));
    told += &sections::audit(list(story, "audit"));
    told += &sections::mails(list(story, "mails"));
    told
}

/// When an unpaid order ends, and whether its goods are held until then.
fn expires(order: &Value) -> String {
    let at = moment(order, "expires_at");
    match text(order, "hold") {
        "held" => format!("{at}; its goods are held until then"),
        "released" => format!("{at}; nothing is held any more"),
        _ => at,
    }
}

/// Orders, one a line.
pub(crate) fn orders(orders: &[Value]) -> String {
    let row = |order: &Value| {
        vec![
            text(order, "id").into(),
            moment(order, "created_at"),
            text(order, "email").into(),
            amount(order, "total_minor", order),
            state(order),
        ]
    };
    table::table(&orders.iter().map(row).collect::<Vec<_>>())
}

/// Of its payment, then of the order itself.
fn state(order: &Value) -> String {
    format!("{}, {}", text(order, "payment_status"), text(order, "status"))
}

/// Its number, once it has one.
fn numbered(story: &Value) -> Option<(&'static str, String)> {
    let receipt = &story["receipt"];
    let number = receipt::number(text(receipt, "series"), receipt["number"].as_i64()?);
    Some(("receipt", format!("{number}, {}", moment(receipt, "issued_at"))))
}

/// What the quoted id was, unless it is the one that the headline shows.
fn found_by(story: &Value, own: &str) -> Vec<(&'static str, String)> {
    let by = &story["found_by"];
    match text(by, "matched") {
        "" => vec![],
        matched if matched == own => vec![],
        matched => vec![("found by", format!("{matched}, {}", text(by, "quoted")))],
    }
}

/// The story of a payment, for an order or for credits.
pub(crate) fn payment(story: &Value) -> String {
    let (payment, account) = (&story["payment"], &story["account"]);
    let mut told = format!(
        "Payment {}   {}{}\n",
        text(payment, "id"),
        text(payment, "status"),
        headline::troubles(story)
    );
    let mut facts = found_by(story, "our payment id");
    facts.push(("made", moment(payment, "created_at")));
    if let Some(order) = payment["order_id"].as_str() {
        facts.push(("pays", order.to_owned()));
    }
    if !account.is_null() {
        facts.push(("buys", format!("{} credits", count(payment, "credits"))));
        facts.push((
            "account",
            format!("{}, {}", text(account, "external_key"), text(account, "display_name")),
        ));
        facts.push(("balance", format!("{} credits now", count(account, "wallet"))));
    }
    facts.extend(numbered(story));
    facts.push(("money", mode(payment)));
    told += &table::facts(&facts);

    told += &sections::payments(std::slice::from_ref(payment), list(story, "captures"));
    told += &given_back::given_back(story);
    told += &sections::credits(list(story, "credits"), list(story, "shortfalls"));
    told += &sections::events(list(story, "events"));
    told += &sections::audit(list(story, "audit"));
    told += &sections::mails(list(story, "mails"));
    told
}

/// Every field of an event that says something.
pub(crate) fn event(fields: &Value) -> String {
    let mut told =
        format!("Event {}   {}, {}\n", text(fields, "id"), text(fields, "status"), text(fields, "outcome"));
    let names = [
        "provider",
        "event_type",
        "event_key",
        "provider_created_at",
        "received_at",
        "settled_at",
        "livemode",
        "account",
        "header_id",
        "secret_version",
        "payment_id",
        "deliveries",
        "attempts",
        "next_attempt_at",
        "lease_until",
        "last_error",
    ];
    let facts: Vec<(&str, String)> = names
        .into_iter()
        .filter(|name| !fields[name].is_null())
        .map(|name| {
            (name, if name.ends_with("_at") { moment(fields, name) } else { table::plain(&fields[name]) })
        })
        .collect();
    told += &table::facts(&facts);
    told
}

/// An event in one line.
pub(crate) fn event_line(event: &Value) -> String {
    let mut line = format!(
        "{}  {}  {:9}  {:9} {:28}  {:42} {}",
        moment(event, "received_at"),
        text(event, "id"),
        // The view of dead letters has no such column.
        event["status"].as_str().unwrap_or("dead"),
        text(event, "provider"),
        text(event, "outcome"),
        text(event, "event_type"),
        text(event, "event_key"),
    );
    if event["last_error"].is_string() {
        let _ = write!(line, "\n    {}", text(event, "last_error"));
    }
    line
}

fn bought(totals: &Value) -> String {
    let of = |key| amount(totals, key, totals);
    let orders = match count(totals, "orders") {
        1 => "1 order".to_owned(),
        n => format!("{n} orders"),
    };
    match count(totals, "refunded_minor") {
        0 => format!("{orders} so far, {} spent", of("spent_minor")),
        _ => format!("{orders} so far, {} spent, {} refunded", of("spent_minor"), of("refunded_minor")),
    }
}

fn mode(of: &Value) -> String {
    if of["livemode"].as_bool() == Some(true) { "real".into() } else { "test".into() }
}

#[cfg(test)]
mod tests;
