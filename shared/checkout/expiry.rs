//! What ends by itself: holds and orders whose time is over, pages still open although their order was paid another way, and
//! what was kept for repeated calls. Each step is a commit of its own and conditional, so a run may stop anywhere and two
//! may run at once.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::config::Retry;
use crate::db::{ANSWER_WITHIN, Db, release};
use crate::failure::Failure;
use crate::fulfilment;
use crate::gateway::{Expiry, Fault, Gateways};
use crate::inbox::Provider;
use crate::inbox::event::PaymentRef;
use crate::inbox::own::{self, Learnt, News};

/// Rows taken at once; what is left is the next turn's.
const A_HANDFUL: i64 = 100;
/// A caller's key is good for two days; a count of calls for one.
const KEYS_KEPT: Duration = Duration::from_secs(48 * 60 * 60);
const COUNTS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Ends unpaid orders whose time is over, and top-ups nobody paid. Says how many.
pub async fn expire_due(
    db: &Db,
    clock: impl Fn() -> SystemTime,
    has_time: impl Fn() -> bool,
) -> Result<u32, Failure> {
    let (mut ended, mut failed) = (0, None);
    let due = db
        .query(
            within(),
            include_str!("../order/due_to_expire.sql"),
            &[(&clock(), Type::TIMESTAMPTZ), (&A_HANDFUL, Type::INT8)],
        )
        .await?;
    let expire = release::sql("select payonce_release.expire_order($1, $2) as ended");
    for row in &due {
        if !has_time() {
            return Ok(ended);
        }
        let order: &str = row.get("id");
        match db.query(within(), &expire, &[(&order, Type::TEXT), (&clock(), Type::TIMESTAMPTZ)]).await {
            Ok(rows) => ended += u32::from(rows.first().is_some_and(|row| row.get("ended"))),
            // One that cannot be ended keeps no other from it.
            Err(error) => {
                let failure = Failure::from(error);
                tracing::error!(alarm = "order_not_ended", order, detail = %failure);
                failed = failed.or(Some(failure));
            }
        }
    }
    let params = [(&clock() as _, Type::TIMESTAMPTZ), (&A_HANDFUL as _, Type::INT8)];
    let topups = db.query(within(), include_str!("expire_topups.sql"), &params).await?;
    match failed {
        Some(failure) => Err(failure),
        None => Ok(ended + u32::try_from(topups.len()).unwrap_or(u32::MAX)),
    }
}

/// Closes at its provider what nobody should pay any more, because its order was paid otherwise or is over. A page that its
/// buyer has completed stays: the money is on its way. A provider that cannot be reached or does not answer is left alone
/// until the next run.
pub async fn close_siblings(
    db: &Db,
    gateways: &Gateways,
    retry: Retry,
    clock: impl Fn() -> SystemTime,
    has_time: impl Fn() -> bool,
) -> Result<u32, Failure> {
    let (mut closed, mut silent) = (0, Vec::new());
    let params = [(&clock() as _, Type::TIMESTAMPTZ), (&A_HANDFUL as _, Type::INT8)];
    for row in db.query(within(), include_str!("siblings.sql"), &params).await? {
        if !has_time() {
            break;
        }
        let Ok(provider) = row.get::<_, &str>("provider").parse::<Provider>() else { continue };
        if silent.contains(&provider) {
            continue;
        }
        match ask_to_close(gateways, provider, &row).await {
            Ok(true) => {
                record_closed(db, retry, clock(), provider, &row).await?;
                closed += 1;
            }
            Ok(false) => {}
            Err(fault) => {
                let payment: Uuid = row.get("id");
                tracing::warn!(%fault, %payment, "the other page of a paid order is still open");
                if !fault.is_about_the_request() {
                    silent.push(provider);
                }
            }
        }
    }
    Ok(closed)
}

/// Can nobody pay it any more? Whose payment may be under way is left alone: its webhook tells.
async fn ask_to_close(gateways: &Gateways, provider: Provider, row: &Row) -> Result<bool, Fault> {
    let Some(order) = row.get::<_, Option<&str>>("provider_order_id") else { return Ok(true) };
    Ok(gateways.expire(within(), provider, order).await? != Expiry::Completed)
}

/// What the provider answered is an event of our own.
async fn record_closed(
    db: &Db,
    retry: Retry,
    now: SystemTime,
    provider: Provider,
    row: &Row,
) -> Result<(), Failure> {
    let of = PaymentRef {
        mark: Some(row.get("id")),
        stack: None,
        provider_order: row.get("provider_order_id"),
        provider_payment: None,
    };
    let (livemode, created) = (row.get("livemode"), row.get("created_at"));
    let event = own::own(Learnt::Answered, provider, livemode, &of, &News::Expired, created)?;
    fulfilment::receive(db, &event, retry, now, within()).await?;
    Ok(())
}

/// Forgets callers' keys and counts of calls that are over.
pub async fn forget_old(db: &Db, now: SystemTime) -> Result<(), Failure> {
    for (sql, kept) in [
        ("delete from payonce.idempotency_keys where created_at < $1", KEYS_KEPT),
        ("delete from payonce.rate_limits where window_start < $1", COUNTS_KEPT),
    ] {
        let before = now.checked_sub(kept).unwrap_or(SystemTime::UNIX_EPOCH);
        db.query(within(), sql, &[(&before, Type::TIMESTAMPTZ)]).await?;
    }
    Ok(())
}

fn within() -> Instant {
    Instant::now() + ANSWER_WITHIN
}
