//! Taking an event up again: the attempt and its lease are committed before anything is applied.
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::backoff::WAITS_SECONDS;
use super::{Provider, Status, Verified};
use crate::db::Db;
use crate::failure::Failure;

/// Longer than any apply (one deadline, 3.5 s) by far, shorter than the shortest wait.
const LEASE_SECONDS: i32 = 30;

/// An event leased for one attempt.
pub struct Leased {
    /// Our id of the event.
    pub id: Uuid,
    /// Who sent it.
    pub provider: Provider,
    /// Its stored bytes.
    pub verified: Verified,
    /// Which attempt this is; fences out whoever comes later.
    pub attempt: i32,
    /// `Failed`, or `Dead` when its attempts were used up without an end.
    pub status: Status,
    /// What became of it last.
    pub outcome: String,
}

/// Leases the oldest event whose retry is due.
pub async fn lease_due(
    db: &Db,
    deadline: Instant,
    now: SystemTime,
    max_attempts: i32,
) -> Result<Option<Leased>, Failure> {
    let rows = db
        .query_once(
            deadline,
            include_str!("lease_due.sql"),
            &[
                (&now, Type::TIMESTAMPTZ),
                (&LEASE_SECONDS, Type::INT4),
                (&WAITS_SECONDS.as_slice(), Type::INT4_ARRAY),
                (&max_attempts, Type::INT4),
            ],
        )
        .await?;
    Ok(rows.first().and_then(leased))
}

/// Leases the event `id`, in whatever state but `processed`; `None` when it is processed, leased, or its body is gone.
pub async fn lease_one(
    db: &Db,
    deadline: Instant,
    now: SystemTime,
    id: Uuid,
) -> Result<Option<Leased>, Failure> {
    let rows = db
        .query_once(
            deadline,
            include_str!("lease_one.sql"),
            &[(&now, Type::TIMESTAMPTZ), (&LEASE_SECONDS, Type::INT4), (&id, Type::UUID)],
        )
        .await?;
    Ok(rows.first().and_then(leased))
}

/// Gives a lease back, its attempt uncounted: the house was at fault, not the event. Tried again in a minute.
pub async fn put_back(db: &Db, deadline: Instant, now: SystemTime, leased: &Leased) -> Result<(), Failure> {
    db.query(
        deadline,
        include_str!("put_back.sql"),
        &[(&now, Type::TIMESTAMPTZ), (&leased.id, Type::UUID), (&leased.attempt, Type::INT4)],
    )
    .await?;
    Ok(())
}

fn leased(row: &Row) -> Option<Leased> {
    Some(Leased {
        id: row.get("id"),
        provider: row.get::<_, &str>("provider").parse().ok()?,
        verified: Verified {
            body: Bytes::from(row.get::<_, Vec<u8>>("body")),
            secret_version: row.get("secret_version"),
            header_id: row.get("header_id"),
        },
        attempt: row.get("attempts"),
        status: Status::named(row.get("status")),
        outcome: row.get("outcome"),
    })
}

/// What waits for a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How many events.
    pub waiting: i64,
    /// How long the oldest of them has waited since it came.
    pub oldest_seconds: i64,
}

/// What waits for a retry at `now`.
pub async fn backlog(db: &Db, deadline: Instant, now: SystemTime) -> Result<Backlog, Failure> {
    let rows = db
        .query(
            deadline,
            "select count(*) as waiting, coalesce(extract(epoch from $1 - min(received_at)), 0)::bigint as oldest_seconds
             from payonce.webhook_events where status = 'failed'",
            &[(&now, Type::TIMESTAMPTZ)],
        )
        .await?;
    let (waiting, oldest_seconds) =
        rows.first().map_or((0, 0), |row| (row.get("waiting"), row.get("oldest_seconds")));
    Ok(Backlog { waiting, oldest_seconds })
}
