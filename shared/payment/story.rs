//! Everything about one payment in one answer.
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// The payment with its receipt, captures, refunds, decisions about mismatches, disputes, events, account, credits, audit
/// and mails; a JSON object.
/// `None`: no such payment.
pub type Story = Option<Value>;

/// Tells the story of the payment `id`.
pub async fn story(client: &Client, id: Uuid) -> Result<Story, tokio_postgres::Error> {
    let rows = client.query_typed(include_str!("story.sql"), &[(&id, Type::UUID)]).await?;
    Ok(rows.first().and_then(|row| serde_json::from_str(row.get("story")).ok()))
}
