//! "Why was this customer charged?": everything about an order in one answer.
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// The order with its lines, receipt, payments, captures, refunds, decisions about mismatches, disputes, events, stock
/// movements, audit and mails; a JSON object. `None`: no such order.
pub type Story = Option<Value>;

/// Tells the story of the order `id`.
pub async fn story(client: &Client, id: &str) -> Result<Story, tokio_postgres::Error> {
    let rows = client.query_typed(include_str!("story.sql"), &[(&id, Type::TEXT)]).await?;
    Ok(rows.first().and_then(|row| serde_json::from_str(row.get("story")).ok()))
}
