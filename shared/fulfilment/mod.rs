//! Where an event meets the domain whose fact it carries. Deliveries, retries and replays all enter by `settle`.
mod retry;
mod webhook;

use std::time::SystemTime;

use tokio::time::Instant;

use crate::config::Retry;
use crate::db::Db;
use crate::failure::Failure;
use crate::inbox::{self, Claim, Event, Fact, Settled, Status};
use crate::payment;

pub use retry::{Tally, replay, retry_due};
pub use webhook::Endpoint;

/// A provider's delivery: applied once, however often it comes.
pub async fn receive(
    db: &Db,
    event: &Event,
    retry: Retry,
    now: SystemTime,
    deadline: Instant,
) -> Result<Settled, Failure> {
    settle(db, &Claim::delivered(event, now), retry, deadline).await
}

/// Claims, applies and settles. When the event itself is at fault, that is recorded and the event is ours to retry;
/// when the house is, the failure goes back to the caller and the provider brings the event again.
async fn settle(db: &Db, claim: &Claim<'_>, retry: Retry, deadline: Instant) -> Result<Settled, Failure> {
    let settled = match apply(db, claim, deadline).await {
        Err(Failure::Event { code, detail }) => {
            tracing::warn!(event.key = %claim.event.key, code, detail, "event could not be applied");
            inbox::record_failure(db, deadline, claim, (code, &detail), retry.max_attempts).await?
        }
        settled => settled?,
    };
    report(claim.event, &settled);
    Ok(settled)
}

/// One line an event, whoever brought it; what waits for a person from now on is an alarm.
fn report(event: &Event, settled: &Settled) {
    let (event_id, key, kind, provider) = (settled.event_id, &event.key, &event.kind, event.provider.name());
    let (status, outcome, duplicate) = (settled.status.name(), &settled.outcome, !settled.mine);
    // Which version of the secret verified it: an alarm tells that the old one is still in use.
    let secret = &event.verified.secret_version;
    if settled.mine && matches!(settled.status, Status::Parked | Status::Dead) {
        tracing::error!(alarm = status, event.id = %event_id, event.key = key, event.kind = kind, outcome, provider, secret);
    } else {
        tracing::info!(status, event.id = %event_id, event.key = key, event.kind = kind, outcome, duplicate, provider, secret);
    }
}

async fn apply(db: &Db, claim: &Claim<'_>, deadline: Instant) -> Result<Settled, Failure> {
    match &claim.event.fact {
        Fact::Captured(capture) => payment::settle(db, deadline, claim, capture).await,
        Fact::Advanced(reference, stage) => payment::advance(db, deadline, claim, reference, *stage).await,
        Fact::Refunded(refund) => payment::record_refund(db, deadline, claim, refund).await,
        Fact::RefundsTotalled(of, total) => payment::reconcile_refunds(db, deadline, claim, of, *total).await,
        Fact::Disputed(dispute) => payment::record_dispute(db, deadline, claim, dispute).await,
        Fact::Unhandled => inbox::store(db, deadline, claim, Status::Ignored, "unhandled_type").await,
        Fact::Unusable(code) => inbox::store(db, deadline, claim, Status::Parked, code).await,
    }
}
