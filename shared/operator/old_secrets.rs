//! Is the secret before the current one still in use?
use std::time::SystemTime;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Events that a previous secret verified within the last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSecret {
    /// `stripe`
    pub provider: String,
    /// `previous@5c1f...`
    pub version: String,
    /// How many.
    pub events: i64,
    /// When the last of them came first.
    pub last: SystemTime,
}

/// Every previous secret that verified something in the day before `now`.
pub async fn old_secrets(client: &Client, now: SystemTime) -> Result<Vec<OldSecret>, Error> {
    let rows = client.query_typed(include_str!("old_secrets.sql"), &[(&now, Type::TIMESTAMPTZ)]).await?;
    let old = rows.iter().map(|row| OldSecret {
        provider: row.get("provider"),
        version: row.get("secret_version"),
        events: row.get("events"),
        last: row.get("last"),
    });
    Ok(old.collect())
}
