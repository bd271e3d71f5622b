//! webhook-retry, every 5 minutes: takes up the events whose retry is due. A 200 on a failure means that the provider
//! will not come back, so a silent webhook-retry is an alarm: every run says what it did and how old the oldest is.
use std::time::SystemTime;

use payonce::config::Webhook;
use payonce::db::{ANSWER_WITHIN, Db};
use payonce::failure::Failure;
use payonce::{fulfilment, inbox};
use serde_json::{Value, json};
use tokio::time::Instant;

/// One run. Fires twice: harmless, each event is leased once.
pub async fn run(db: &Db, config: &Webhook, until: Instant) -> Result<Value, Failure> {
    let done = sweep(db, config, until).await;
    if let Err(failure) = &done {
        tracing::error!(alarm = "webhook_retry_failed", code = failure.code(), detail = %failure);
    }
    done
}

async fn sweep(db: &Db, config: &Webhook, until: Instant) -> Result<Value, Failure> {
    let tally = fulfilment::retry_due(db, &config.expected, config.retry, SystemTime::now, until).await?;
    let backlog = inbox::backlog(db, until.min(Instant::now() + ANSWER_WITHIN), SystemTime::now()).await?;
    let (waiting, oldest_seconds) = (backlog.waiting, backlog.oldest_seconds);
    let report = json!({
        "settled": tally.settled, "parked": tally.parked, "failed": tally.failed, "dead": tally.dead,
        "put_back": tally.put_back, "waiting": waiting, "oldest_seconds": oldest_seconds,
    });
    tracing::info!(%report, "webhook-retry ran");
    if oldest_seconds > inbox::STALE_AFTER_SECONDS {
        tracing::error!(alarm = "unsettled_event_too_old", oldest_seconds);
    }
    Ok(report)
}
