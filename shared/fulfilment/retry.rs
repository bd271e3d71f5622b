//! Retries and replays: the same door as a delivery, behind a lease.
use std::time::SystemTime;

use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::settle;
use crate::config::Retry;
use crate::db::{ANSWER_WITHIN, Db};
use crate::failure::Failure;
use crate::inbox::{self, Claim, Event, Expected, Leased, Provider, Settled, Status};
use crate::{razorpay, stripe};

/// What one run of webhook-retry did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Processed, ignored or parked now.
    pub settled: u32,
    /// Failed again.
    pub failed: u32,
    /// Given up.
    pub dead: u32,
}

/// Takes up every event whose retry is due, one at a time, and stops while there is time for one more answer.
pub async fn retry_due(
    db: &Db,
    expected: &Expected,
    retry: Retry,
    clock: impl Fn() -> SystemTime,
    until: Instant,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    while Instant::now() + 2 * ANSWER_WITHIN < until {
        let deadline = Instant::now() + ANSWER_WITHIN;
        let Some(leased) = inbox::due(db, deadline, clock(), retry.max_attempts).await? else { break };
        let status = match leased.status {
            Status::Dead => Status::Dead,
            _ => take_up(db, expected, retry, clock(), leased).await?.status,
        };
        match status {
            Status::Failed => tally.failed += 1,
            Status::Dead => tally.dead += 1,
            _ => tally.settled += 1,
        }
    }
    Ok(tally)
}

/// Takes up one event an operator names. `None`: it is processed, or leased at this moment, or its body is no longer kept.
pub async fn replay(
    db: &Db,
    expected: &Expected,
    retry: Retry,
    now: SystemTime,
    id: Uuid,
) -> Result<Option<Settled>, Failure> {
    let Some(leased) = inbox::one(db, Instant::now() + ANSWER_WITHIN, now, id).await? else {
        return Ok(None);
    };
    take_up(db, expected, retry, now, leased).await.map(Some)
}

async fn take_up(
    db: &Db,
    expected: &Expected,
    retry: Retry,
    now: SystemTime,
    leased: Leased,
) -> Result<Settled, Failure> {
    let attempt = leased.attempt;
    let event = read(leased)?.held_to(expected);
    settle(db, &Claim::leased(&event, now, attempt), retry, Instant::now() + ANSWER_WITHIN).await
}

/// The stored bytes were readable when they came; a build that cannot read them is a fault of the house.
fn read(leased: Leased) -> Result<Event, Failure> {
    let read = match leased.provider {
        Provider::Stripe => stripe::read(leased.verified),
        Provider::Razorpay => razorpay::read(leased.verified),
    };
    read.map_err(|error| Failure::House {
        code: "stored_event_unreadable",
        detail: format!("{}: {error}", leased.id),
    })
}
