//! Numbers: given once, without gaps, after the commit that made them due and in a call of their own.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::About;
use super::about::typed;
use crate::db::{Db, release};
use crate::failure::Failure;
use crate::order::OrderId;

/// How far back the sweeper looks: longer than any payment takes, and shorter than the books are long.
const LOOK_BACK: Duration = Duration::from_secs(90 * 24 * 3_600);

/// Gives it its number, unless it has one or is not paid.
pub(super) async fn issue(db: &Db, about: &About, now: SystemTime, deadline: Instant) -> Result<(), Failure> {
    let sql = release::sql("select payonce_release.issue_receipt($1, $2, $3)");
    let columns = about.columns();
    let [order, payment] = typed(&columns);
    db.query(deadline, &sql, &[order, payment, (&now, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}

/// Numbers at most `limit` paid orders and top-ups that have no receipt yet, oldest first; says how many. What was made
/// longer than 90 days ago is numbered when somebody looks at it.
pub async fn issue_due(db: &Db, deadline: Instant, now: SystemTime, limit: u32) -> Result<u32, Failure> {
    let sql = release::sql(include_str!("issue_due.sql"));
    let made_after = first_of(now.checked_sub(LOOK_BACK).unwrap_or(SystemTime::UNIX_EPOCH));
    let order = OrderId::of(made_after);
    let params = [
        (&now as _, Type::TIMESTAMPTZ),
        (&i64::from(limit) as _, Type::INT8),
        (&order.as_str() as _, Type::TEXT),
        (&made_after as _, Type::UUID),
    ];
    let rows = db.query(deadline, &sql, &params).await?;
    let numbered = rows.first().map_or(0, |row| row.get::<_, i64>("numbered"));
    Ok(u32::try_from(numbered).unwrap_or(limit))
}

/// A bound below every UUIDv7 of this millisecond: 48 bits of time lead, the rest is zero.
fn first_of(time: SystemTime) -> Uuid {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Uuid::from_u128(since.as_millis() << 80)
}

#[test]
fn an_id_of_the_moment_lies_beyond_its_bound_and_an_earlier_one_does_not() {
    use uuid::{NoContext, Timestamp};
    let made = |millis: u32| Uuid::new_v7(Timestamp::from_unix(NoContext, 1_800_000_000, millis * 1_000_000));
    let bound =
        |millis: u64| first_of(SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_000 + millis));
    assert!(made(6) < bound(7) && bound(7) < made(7) && made(7) < bound(8));
    let order = |id| OrderId::of(id).to_string();
    assert!(order(made(6)) < order(bound(7)) && order(bound(7)) < order(made(7)));
}
