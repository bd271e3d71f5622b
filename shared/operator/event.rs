//! Stored events, as an operator looks them up.
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

/// A stored event.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Our id.
    pub id: Uuid,
    /// Every column but the body; a JSON object.
    pub fields: Value,
    /// The signed bytes, while they are kept.
    pub body: Option<Vec<u8>>,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct Filter<'a> {
    /// In this state.
    pub status: Option<&'a str>,
    /// From this provider.
    pub provider: Option<&'a str>,
    /// Received at or after this time, as Postgres reads it (`2026-08-01`) ...
    pub since: Option<&'a str>,
    /// ... or at most so long ago, as Postgres reads it (`2h`).
    pub within: Option<&'a str>,
    /// At most so many.
    pub limit: i64,
}

/// The event whose id, or provider's key, is `name`.
pub async fn event(client: &Client, name: &str) -> Result<Option<StoredEvent>, Error> {
    let id: Option<Uuid> = name.parse().ok();
    let rows = client
        .query_typed(
            "select id, (to_jsonb(e) - 'body')::text as fields, body from payonce.webhook_events e
             where id = $1 or event_key = $2 order by received_at desc limit 1",
            &[(&id, Type::UUID), (&name, Type::TEXT)],
        )
        .await?;
    Ok(rows.first().map(|row| StoredEvent {
        id: row.get("id"),
        fields: serde_json::from_str(row.get("fields")).unwrap_or_default(),
        body: row.get("body"),
    }))
}

/// The newest events that fit, newest first: JSON objects without bodies.
pub async fn event_list(client: &Client, filter: &Filter<'_>) -> Result<Vec<Value>, Error> {
    let rows = client
        .query_typed(
            include_str!("event_list.sql"),
            &[
                (&filter.status, Type::TEXT),
                (&filter.provider, Type::TEXT),
                (&filter.since, Type::TEXT),
                (&filter.within, Type::TEXT),
                (&filter.limit, Type::INT8),
            ],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get("fields")).ok()).collect())
}

/// What was given up and waits for a person, oldest first: JSON objects.
pub async fn dead_letters(client: &Client, limit: i64) -> Result<Vec<Value>, Error> {
    let rows = client
        .query_typed(
            "select to_jsonb(d)::text as fields from payonce.webhook_dead_letter_queue d order by d.received_at limit $1",
            &[(&limit, Type::INT8)],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get("fields")).ok()).collect())
}
