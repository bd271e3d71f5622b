//! What was committed is there for the next connection.
//!
//! The marker stands in a table of its own, made for it and dropped again: an ordinary logged table of our schema takes
//! the road to disk that money takes, and no row of ours, no audit and no sequence is touched. A table that a killed run
//! left is dropped an hour later by the next.
use std::time::{Duration, SystemTime};

use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::semantics::said;
use super::{Access, Check};

const LEFT_BEHIND_AFTER: Duration = Duration::from_secs(60 * 60);

pub(super) async fn checks(access: &Access, client: &Client) -> Vec<Check> {
    let marker = Uuid::now_v7();
    let kept = probe(access, client, marker).await;
    // On this connection, which is still there when the probe's own fails.
    let cleaned = clean(client, marker).await;
    vec![
        Check::new("what is committed is there for a new connection", kept),
        Check::new("the marker left nothing behind", cleaned),
    ]
}

async fn probe(access: &Access, client: &Client, marker: Uuid) -> Result<(), String> {
    let table = table(marker);
    said(client.batch_execute(&format!("create table {table} (marker uuid not null)")).await)?;
    let insert = format!("insert into {table} (marker) values ($1)");
    said(client.execute_typed(&insert, &[(&marker, Type::UUID)]).await)?;
    let reader = access.connect().await?;
    let rows = said(reader.query_typed(&format!("select marker from {table}"), &[]).await)?;
    match rows.first().map(|row| row.get::<_, Uuid>("marker")) {
        Some(read) if read == marker => Ok(()),
        _ => Err("the marker was committed and is not there".into()),
    }
}

/// Drops the marker's table, and any that a killed run left.
async fn clean(client: &Client, marker: Uuid) -> Result<(), String> {
    let rows = said(
        client
            .query_typed(
                "select relname::text as name from pg_catalog.pg_class
                 where relnamespace = 'payonce'::regnamespace and relkind = 'r' and relname ~ '^verify_[0-9a-f]{32}$'",
                &[],
            )
            .await,
    )?;
    let left = rows
        .iter()
        .filter_map(|row| row.get::<_, &str>("name").strip_prefix("verify_")?.parse::<Uuid>().ok());
    for left in left.filter(|left| *left == marker || is_old(*left)) {
        said(client.batch_execute(&format!("drop table if exists {}", table(left))).await)?;
    }
    Ok(())
}

fn table(marker: Uuid) -> String {
    format!("payonce.verify_{}", marker.simple())
}

/// A UUIDv7 says when it was made.
fn is_old(marker: Uuid) -> bool {
    let made =
        marker.get_timestamp().map(|made| SystemTime::UNIX_EPOCH + Duration::from_secs(made.to_unix().0));
    made.and_then(|made| made.elapsed().ok()).is_some_and(|age| age > LEFT_BEHIND_AFTER)
}
