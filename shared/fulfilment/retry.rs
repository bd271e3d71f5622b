//! Retries and replays: the same door as a delivery, behind a lease.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use uuid::Uuid;

use super::settle;
use crate::config::{Expected, Retry};
use crate::db::{ANSWER_WITHIN, Db};
use crate::failure::Failure;
use crate::inbox::{self, Claim, Event, Leased, Provider, Settled, Status, own};
use crate::{razorpay, stripe};

/// After so many faults of the house in a row a run ends: the house is down, not the events.
const HOUSE_FAULTS_IN_A_ROW: u32 = 3;
/// One lease: taking it, applying, and recording or putting back.
const ONE_ROUND: Duration = ANSWER_WITHIN.saturating_mul(3);
/// Faults of the house that are about one event: others may still be taken up.
const SETTINGS_DISAGREE: &str = "settings_disagree";
const UNREADABLE: &str = "stored_event_unreadable";

/// What one run of webhook-retry did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Processed or ignored now.
    pub settled: u32,
    /// Parked now, for a person.
    pub parked: u32,
    /// Failed again.
    pub failed: u32,
    /// Given up.
    pub dead: u32,
    /// Put back uncounted, because the house was at fault.
    pub put_back: u32,
}

/// Takes up every event whose retry is due, one at a time, while there is time for one more answer.
pub async fn retry_due(
    db: &Db,
    expected: &Expected,
    retry: Retry,
    clock: impl Fn() -> SystemTime,
    until: Instant,
) -> Result<Tally, Failure> {
    let (mut tally, mut faults) = (Tally::default(), 0);
    let has_time = || Instant::now() + ONE_ROUND < until;
    if !has_time() {
        let detail = "give webhook-retry a timeout of at least 15 s".into();
        return Err(Failure::House { code: "no_time", detail });
    }
    while has_time() {
        let deadline = Instant::now() + ANSWER_WITHIN;
        let Some(leased) = inbox::lease_due(db, deadline, clock(), retry.max_attempts).await? else { break };
        match take_up_due(db, expected, retry, clock(), &leased).await {
            Ok(Status::Failed) => tally.failed += 1,
            Ok(Status::Dead) => tally.dead += 1,
            Ok(Status::Parked) => tally.parked += 1,
            Ok(Status::Processed | Status::Ignored) => tally.settled += 1,
            Err(failure) => {
                tally.put_back += 1;
                faults += u32::from(![SETTINGS_DISAGREE, UNREADABLE].contains(&failure.code()));
                if faults == HOUSE_FAULTS_IN_A_ROW {
                    return Err(failure);
                }
                continue;
            }
        }
        faults = 0;
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
    let Some(leased) = inbox::lease_one(db, Instant::now() + ANSWER_WITHIN, now, id).await? else {
        return Ok(None);
    };
    let event = read(&leased).map(|event| event.held_to(expected));
    take_up(db, retry, now, &leased, event).await.map(Some)
}

/// An event that failed had passed the door, unless an operator took up one that had not: when our settings refuse it
/// now, they are not those of the function that took it.
async fn take_up_due(
    db: &Db,
    expected: &Expected,
    retry: Retry,
    now: SystemTime,
    leased: &Leased,
) -> Result<Status, Failure> {
    if leased.status == Status::Dead {
        tracing::error!(alarm = "dead", event.id = %leased.id, outcome = "attempts_used_up");
        return Ok(Status::Dead);
    }
    let event = read(leased).map(|event| event.held_to(expected)).and_then(|event| {
        let detail = "LIVEMODE or an account differs from the webhook function's".to_owned();
        match event.refused_by_settings() {
            Some(code) if code != leased.outcome => Err(Failure::House { code: SETTINGS_DISAGREE, detail }),
            _ => Ok(event),
        }
    });
    take_up(db, retry, now, leased, event).await.map(|settled| settled.status)
}

/// Settles a leased event by its attempt; a fault of the house gives the lease back uncounted.
async fn take_up(
    db: &Db,
    retry: Retry,
    now: SystemTime,
    leased: &Leased,
    event: Result<Event, Failure>,
) -> Result<Settled, Failure> {
    let done = match event {
        Ok(event) => {
            settle(db, &Claim::leased(&event, now, leased.attempt), retry, Instant::now() + ANSWER_WITHIN)
                .await
        }
        Err(failure) => Err(failure),
    };
    if let Err(failure) = &done {
        tracing::error!(alarm = "put_back", event.id = %leased.id, code = failure.code(), detail = %failure);
        // When even this fails, the lease runs out by itself, its attempt counted.
        let _ = inbox::put_back(db, Instant::now() + ANSWER_WITHIN, now, leased).await;
    }
    done
}

/// The stored bytes were readable when they came; a build that cannot read them is a fault of the house.
fn read(leased: &Leased) -> Result<Event, Failure> {
    let read = match leased.provider {
        provider if own::is_own(&leased.verified) => own::read(provider, leased.verified.clone()),
        Provider::Stripe => stripe::read(leased.verified.clone()),
        Provider::Razorpay => razorpay::read(leased.verified.clone()),
    };
    read.map_err(|error| Failure::House { code: UNREADABLE, detail: error.to_string() })
}
