//! Numbers: given once, without gaps, after the commit that made them due and in a call of their own.
use std::time::SystemTime;

use tokio::time::Instant;
use tokio_postgres::types::Type;

use super::About;
use super::about::typed;
use crate::db::{Db, release};
use crate::failure::Failure;

/// Gives it its number, unless it has one or is not paid.
pub(super) async fn issue(db: &Db, about: &About, now: SystemTime, deadline: Instant) -> Result<(), Failure> {
    let sql = release::sql("select payonce_release.issue_receipt($1, $2, $3)");
    let columns = about.columns();
    let [order, payment] = typed(&columns);
    db.query(deadline, &sql, &[order, payment, (&now, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}

/// Numbers at most `limit` paid orders and top-ups that have no receipt yet, oldest first; says how many.
pub async fn issue_due(db: &Db, deadline: Instant, now: SystemTime, limit: u32) -> Result<u32, Failure> {
    let sql = release::sql(include_str!("issue_due.sql"));
    let params = [(&now as _, Type::TIMESTAMPTZ), (&i64::from(limit) as _, Type::INT8)];
    let rows = db.query(deadline, &sql, &params).await?;
    let numbered = rows.first().map_or(0, |row| row.get::<_, i64>("numbered"));
    Ok(u32::try_from(numbered).unwrap_or(limit))
}
