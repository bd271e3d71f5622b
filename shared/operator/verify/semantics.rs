//! What the code takes for granted of the server, tried in temporary tables that end with their transaction.
use std::time::{Duration, SystemTime};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::Check;
use crate::db;

/// A Sunday in March when Europe loses an hour, to the microsecond that Postgres keeps.
const AWKWARD_MOMENT: Duration = Duration::from_micros(1_774_747_800_123_456);

pub(super) async fn checks(client: &Client) -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, sql) in [include_str!("guards.sql"), include_str!("values.sql")].into_iter().flat_map(blocks) {
        checks
            .push(Check::new(name, in_passing(client, async || said(client.batch_execute(sql).await)).await));
    }
    let instants = in_passing(client, async || instants(client).await).await;
    checks.push(Check::new("an instant comes back as the same instant, and in UTC", instants));
    let money = in_passing(client, async || largest_money(client).await).await;
    checks.push(Check::new("money is a whole number up to the last of 64 bits", money));
    checks
}

/// `-- name: ...` and the SQL under it.
pub(super) fn blocks(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.split("-- name: ").skip(1).filter_map(|block| block.split_once('\n'))
}

/// In a transaction that is always rolled back.
async fn in_passing(client: &Client, work: impl AsyncFnOnce() -> Result<(), String>) -> Result<(), String> {
    said(client.batch_execute("begin; set local statement_timeout = '5s'").await)?;
    let done = work().await;
    said(client.batch_execute("rollback").await).and(done)
}

async fn instants(client: &Client) -> Result<(), String> {
    said(
        client
            .batch_execute(
                "set local timezone to 'Asia/Kolkata'; create temporary table probe (at timestamptz) on commit drop",
            )
            .await,
    )?;
    let sent = SystemTime::UNIX_EPOCH + AWKWARD_MOMENT;
    let rows = client
        .query_typed(
            "insert into probe (at) values ($1) returning at, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as utc",
            &[(&sent, Type::TIMESTAMPTZ)],
        )
        .await;
    let rows = rows.map_err(|error| db::explain(&error))?;
    let row = rows.first().ok_or("no row came back")?;
    let (back, utc) = (row.get::<_, SystemTime>("at"), row.get::<_, String>("utc"));
    if back == sent && utc == "2026-03-29 01:30:00.123456" {
        Ok(())
    } else {
        Err(format!("came back as {utc}"))
    }
}

async fn largest_money(client: &Client) -> Result<(), String> {
    said(client.batch_execute("create temporary table probe (amount_minor bigint) on commit drop").await)?;
    let rows = client
        .query_typed(
            "insert into probe (amount_minor) values ($1) returning amount_minor",
            &[(&i64::MAX, Type::INT8)],
        )
        .await;
    match rows.map_err(|error| db::explain(&error))?.first().map(|row| row.get::<_, i64>("amount_minor")) {
        Some(i64::MAX) => Ok(()),
        other => Err(format!("came back as {other:?}")),
    }
}

pub(super) fn said<T>(answer: Result<T, tokio_postgres::Error>) -> Result<T, String> {
    answer.map_err(|error| db::explain(&error))
}
