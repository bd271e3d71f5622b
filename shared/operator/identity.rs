//! Whose database is this?
use tokio_postgres::Client;

use crate::db::migrate::Identity;

/// The identity row; `None` when the database was never migrated.
pub async fn identity(client: &Client) -> Result<Option<Identity>, tokio_postgres::Error> {
    let migrated =
        client.query_typed("select to_regclass('payonce.identity') is not null as migrated", &[]).await?;
    if !migrated.first().is_some_and(|row| row.get("migrated")) {
        return Ok(None);
    }
    let rows = client.query_typed("select app_id, stage, local from payonce.identity", &[]).await?;
    Ok(rows.first().map(|row| Identity {
        app_id: row.get("app_id"),
        stage: row.get("stage"),
        local: row.get("local"),
    }))
}
