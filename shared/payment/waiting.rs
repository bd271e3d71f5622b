//! Money that waits for a person.
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// A JSON object of lists: `refunds` requested and not sent, those `given_up`, `unrefunded` money whose refunds failed, `mismatches`,
/// open `disputes`, `shortfalls`; at most `limit` of each.
pub async fn waiting(client: &Client, limit: i64) -> Result<Value, Error> {
    let rows = client.query_typed(include_str!("waiting.sql"), &[(&limit, Type::INT8)]).await?;
    Ok(rows.first().and_then(|row| serde_json::from_str(row.get("waiting")).ok()).unwrap_or_default())
}
