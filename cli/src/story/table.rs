//! Rows of text in columns, and the values that stand in them.
use payonce::money::Money;
use serde_json::Value;

/// The text under `key`, or nothing.
pub(super) fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_default()
}

/// The whole number under `key`.
pub(super) fn count(of: &Value, key: &str) -> i64 {
    of[key].as_i64().unwrap_or_default()
}

/// The list under `key`; `null` is an empty one.
pub(super) fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

/// `2026-08-01 09:30:12 UTC`, read in UTC.
pub(super) fn moment(of: &Value, key: &str) -> String {
    let full = text(of, key);
    full.get(..19).map_or_else(|| full.into(), |seconds| format!("{} UTC", seconds.replacen('T', " ", 1)))
}

/// `INR 1,499.00`: the minor units under `key`, in the currency of `in_currency_of`.
pub(crate) fn amount(of: &Value, key: &str, in_currency_of: &Value) -> String {
    match text(in_currency_of, "currency").parse() {
        Ok(currency) => Money { minor: count(of, key), currency }.to_string(),
        Err(_) => count(of, key).to_string(),
    }
}

/// A value as a person would write it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Named values under a title, the names in one column.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    facts.iter().map(|(name, value)| format!("  {name:width$}  {value}\n")).collect()
}

/// A titled table; nothing when there are no rows.
pub(super) fn section(title: &str, rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{title}\n{}", table(rows)) }
}

/// Rows, each column as wide as its widest cell.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|at| {
            rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("  {}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
