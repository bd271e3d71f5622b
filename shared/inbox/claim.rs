//! The claim: how an event enters, and what became of it.
use std::time::SystemTime;

use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::{Event, Status, backoff};
use crate::db::{Db, Param, release};
use crate::failure::Failure;

/// An event at the door: who brings it decides which earlier states it may take up.
pub struct Claim<'a> {
    pub(crate) event: &'a Event,
    id: Uuid,
    provider: &'static str,
    body: &'a [u8],
    now: SystemTime,
    delivered: i32,
    takes_up: &'static [&'static str],
    attempt: Option<i32>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Did this call do it? Otherwise it had been done before.
    pub mine: bool,
    /// The event's state.
    pub status: Status,
    /// In one word: `order_paid`, `already_captured`, `not_ours`, ...
    pub outcome: String,
    /// Our id of the event.
    pub event_id: Uuid,
    /// The payment it is about.
    pub payment_id: Option<Uuid>,
}

impl<'a> Claim<'a> {
    /// Brought by its provider: takes up what failed before, at once.
    pub fn delivered(event: &'a Event, now: SystemTime) -> Self {
        Self { delivered: 1, takes_up: &["failed", "dead"], attempt: None, ..Self::new(event, now) }
    }

    /// Taken up by ourselves, under the lease of this attempt.
    pub fn leased(event: &'a Event, now: SystemTime, attempt: i32) -> Self {
        Self { delivered: 0, takes_up: &["failed"], attempt: Some(attempt), ..Self::new(event, now) }
    }

    fn new(event: &'a Event, now: SystemTime) -> Self {
        let (id, provider) = (Uuid::now_v7(), event.provider.name());
        Self {
            event,
            id,
            provider,
            body: event.verified.body(),
            now,
            delivered: 0,
            takes_up: &[],
            attempt: None,
        }
    }

    /// The fields of the SQL type `event`, in its order.
    fn params(&self) -> Vec<Param<'_>> {
        let (event, verified) = (self.event, &self.event.verified);
        vec![
            (&self.id, Type::UUID),
            (&self.provider, Type::TEXT),
            (&event.created, Type::TIMESTAMPTZ),
            (&event.key, Type::TEXT),
            (&event.kind, Type::TEXT),
            (&event.livemode, Type::BOOL),
            (&event.account, Type::TEXT),
            (&verified.header_id, Type::TEXT),
            (&self.body, Type::BYTEA),
            (&verified.secret_version, Type::TEXT),
            (&self.now, Type::TIMESTAMPTZ),
            (&self.delivered, Type::INT4),
            (&self.takes_up, Type::TEXT_ARRAY),
            (&self.attempt, Type::INT4),
        ]
    }
}

/// Claims the event, applies it by the SQL function `function` with `args`, and settles it: one call, one commit.
pub async fn apply(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    function: &str,
    args: &[Param<'_>],
) -> Result<Settled, Failure> {
    let mut params = claim.params();
    let fields = placeholders(1, params.len());
    let rest = placeholders(params.len() + 1, args.len());
    params.extend(args.iter().map(|(value, of)| (*value, of.clone())));

    let sql = release::sql(&format!(
        "select mine, status, outcome, event_id, payment_id
         from payonce_release.{function}(row({fields})::payonce_release.event, {rest})"
    ));
    let rows = db.query(deadline, &sql, &params).await?;
    let row = rows
        .first()
        .ok_or(Failure::House { code: "no_answer", detail: format!("{function} returned no row") })?;
    Ok(Settled {
        mine: row.get("mine"),
        status: Status::named(row.get("status")),
        outcome: row.get("outcome"),
        event_id: row.get("event_id"),
        payment_id: row.get("payment_id"),
    })
}

/// Stores an event that has no effect, as `ignored` or `parked`.
pub async fn store(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    status: Status,
    outcome: &str,
) -> Result<Settled, Failure> {
    let none: Option<Uuid> = None;
    apply(
        db,
        deadline,
        claim,
        "claim",
        &[(&status.name(), Type::TEXT), (&outcome, Type::TEXT), (&none, Type::UUID)],
    )
    .await
}

/// Records why an event could not be applied, in a commit of its own. From then on it is ours to retry.
pub async fn record_failure(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    (code, error): (&str, &str),
    max_attempts: i32,
) -> Result<Settled, Failure> {
    let waits = backoff::jittered(claim.id);
    let paid = claim.event.fact.payment().and_then(|payment| payment.mark);
    apply(
        db,
        deadline,
        claim,
        "record_failure",
        &[
            (&code, Type::TEXT),
            (&error, Type::TEXT),
            (&paid, Type::UUID),
            (&waits.as_slice(), Type::INT4_ARRAY),
            (&max_attempts, Type::INT4),
        ],
    )
    .await
}

/// `$3, $4, $5` for `(3, 3)`.
fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
