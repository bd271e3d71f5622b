//! A checkout as its caller is told of it.
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::{settings, story};

/// How much is shown.
#[derive(clap::Args)]
pub(crate) struct Shown {
    /// Print the id and nothing else
    #[arg(long)]
    pub(crate) quiet: bool,
    /// The function's answer as it came
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) json: bool,
}

/// Prints the answer of a checkout for an order or for credits: the id, the parts of the price, how to pay it, and the
/// links that its token opens.
pub(crate) fn show(answer: &Value, shown: &Shown, now: SystemTime) -> anyhow::Result<()> {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    let (what, id) = match answer["order"].as_str() {
        Some(order) => ("order", order),
        None => ("topup", text("payment")),
    };
    if shown.json {
        println!("{answer:#}");
        return Ok(());
    }
    if shown.quiet {
        println!("{id}");
        return Ok(());
    }
    let mut lines = vec![(what, id.to_owned())];
    match answer["credits"].as_i64() {
        Some(credits) => {
            lines.push(("for", format!("{credits} credits of {}", text("account"))));
            lines.push(("total", story::amount(answer, "amount_minor", answer)));
        }
        None => lines.extend(cost(&answer["cost"], answer)),
    }
    lines.push((
        "payment",
        format!(
            "{} at {}, {}",
            text("payment"),
            text("provider"),
            answer["provider_order"].as_str().unwrap_or("-")
        ),
    ));
    lines.extend(how_to_pay(answer, what, id));
    if let Some(token) = answer["token"].as_str() {
        lines.push(("status", format!("{}/v1/checkout/{id}?token={token}", settings::function("checkout")?)));
        lines.push(("receipt", format!("{}/v1/receipts/{id}?token={token}", settings::receipts()?)));
    }
    lines.push(("see it", format!("payonce {what} show {id}")));
    if let Some(left) = minutes_left(answer, now) {
        lines.push(("open", format!("for {left} minutes")));
    }
    print(&lines);
    Ok(())
}

/// What a price is made of; parts that are nothing are left out.
pub(super) fn cost(cost: &Value, in_currency_of: &Value) -> Vec<(&'static str, String)> {
    let of = |key: &str| story::amount(cost, key, in_currency_of);
    let mut lines = vec![("goods", of("subtotal_minor"))];
    for (name, key) in [("less", "discount_minor"), ("shipping", "shipping_minor"), ("tax", "tax_minor")] {
        if cost[key].as_i64() != Some(0) {
            let why = if name == "less" { cost["promo"].as_str().unwrap_or_default() } else { "" };
            lines.push((name, format!("{}  {why}", of(key)).trim_end().to_owned()));
        }
    }
    lines.push(("total", of("total_minor")));
    if cost["tax_included_minor"].as_i64() != Some(0) {
        lines.push(("", format!("{} tax in it", of("tax_included_minor"))));
    }
    lines
}

fn how_to_pay(answer: &Value, what: &str, id: &str) -> Vec<(&'static str, String)> {
    if answer["amount_minor"].as_i64() == Some(0) {
        return vec![("pay it", "nothing to pay: it is paid".into())];
    }
    let mut lines = Vec::new();
    if let Some(url) = answer["url"].as_str() {
        lines.push(("pay it", url.to_owned()));
    }
    if let (Some(key), Some(order)) = (answer["key_id"].as_str(), answer["provider_order"].as_str()) {
        lines.push(("pay it", format!("in Razorpay's Checkout, with key {key} and order_id {order}")));
    }
    if answer["livemode"].as_bool() == Some(false) {
        lines.push(("pay it", format!("payonce event pay --{what} {id}")));
    }
    if answer["sandbox_token"].is_string() {
        lines.push(("or", format!("payonce checkout pay {id}")));
    }
    lines
}

fn minutes_left(answer: &Value, now: SystemTime) -> Option<u64> {
    let ends = answer["expires_at"].as_u64()?;
    Some(ends.checked_sub(now.duration_since(UNIX_EPOCH).ok()?.as_secs())? / 60)
}

/// Named values, the names in one column.
pub(super) fn print(lines: &[(&str, String)]) {
    for (name, value) in lines {
        println!("{name:8} {value}");
    }
}
