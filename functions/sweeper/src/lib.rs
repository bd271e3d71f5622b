//! sweeper, every 15 minutes: what ends by itself and what is to go out. Each step is safe to stop and to run twice at once,
//! and one that fails does not keep the others from running.
use std::time::SystemTime;

use payonce::db::{ANSWER_WITHIN, Db};
use payonce::failure::Failure;
use payonce::gateway::Gateways;
use payonce::{checkout, config, receipt, refund, rotation};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Receipts numbered in one run.
const RECEIPTS: u32 = 500;

/// The function's wiring.
pub struct Broom {
    db: Db,
    gateways: Gateways,
    config: config::Sweeper,
}

impl Broom {
    /// From its configuration, whose database `db` is. The only error: an unusable key or base URL.
    pub fn new(config: config::Sweeper, db: Db) -> Result<Self, String> {
        Ok(Self { db, gateways: Gateways::new(&config.gateway)?, config })
    }

    /// Every step once, as far as the time goes; the first failure in the end.
    pub async fn sweep(&self, clock: impl Fn() -> SystemTime, until: Instant) -> Result<Value, Failure> {
        let (db, gateways, retry) = (&self.db, &self.gateways, self.config.retry);
        let has_time = || Instant::now() + 3 * ANSWER_WITHIN < until;
        let expired = checkout::expire_due(db, &clock, has_time).await;
        let closed = checkout::close_siblings(db, gateways, retry, &clock, has_time).await;
        let refunds =
            refund::send_due(db, gateways, retry, self.config.automatic_an_hour, &clock, until).await;
        let waiting = refund::waiting(db, clock()).await;
        let numbered = receipt::issue_due(db, Instant::now() + ANSWER_WITHIN, clock(), RECEIPTS).await;
        let forgotten = checkout::forget_old(db, clock()).await;
        let soon = Instant::now() + ANSWER_WITHIN;
        let replaced = self.config.replaced.as_ref();
        let retired = rotation::retire(gateways.stripe(), replaced, clock(), soon).await;
        // Has an alarm of its own, and is nobody else's failure.
        if let Err(failure) = &retired {
            tracing::error!(alarm = "old_endpoint_not_disabled", detail = %failure);
        }

        let report = json!({
            "expired": expired.as_ref().ok(), "closed": closed.as_ref().ok(),
            "refunds_sent": refunds.as_ref().ok().map(|tally| tally.sent),
            "refunds_put_off": refunds.as_ref().ok().map(|tally| tally.put_off),
            "refunds_given_up": refunds.as_ref().ok().map(|tally| tally.given_up),
            "refunds_waiting": waiting.as_ref().ok(), "receipts_numbered": numbered.as_ref().ok(),
            "endpoints_disabled": retired.as_ref().ok(),
        });
        tracing::info!(%report, "sweeper ran");
        if let Ok(waiting @ 1..) = waiting {
            tracing::error!(alarm = "refunds_wait_for_a_person", waiting);
        }
        let failed =
            [expired.err(), closed.err(), refunds.err(), waiting.err(), numbered.err(), forgotten.err()];
        for failure in failed.iter().flatten() {
            tracing::error!(alarm = "sweeper_failed", code = failure.code(), detail = %failure);
        }
        failed.into_iter().flatten().next().map_or(Ok(report), Err)
    }
}
