//! A receipt's mail once more, because its buyer asks for it.
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::About;
use super::about::typed;
use super::find::not_paid_yet;
use crate::db::{Db, release};
use crate::failure::Failure;
use crate::secret::mac::to_hex;

/// Mails a buyer may ask for within 24 hours, beside the one they got when they paid.
const MOST_A_DAY: i32 = 5;

/// What became of the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resent {
    /// A mail is queued: now, or before, by the same key.
    Queued,
    /// There were enough; so many seconds until there is room again.
    TooMany {
        /// Seconds, one or more.
        wait_s: i64,
    },
}

/// Queues one mail a `key`. Refuses with `not_paid_yet`, and `no_address` where nobody is known to send it to.
pub async fn resend(
    db: &Db,
    about: &About,
    key: &str,
    now: SystemTime,
    deadline: Instant,
) -> Result<Resent, Failure> {
    let sql =
        release::sql("select outcome, wait_s from payonce_release.resend_receipt($1, $2, $3, $4, $5, $6)");
    let (digest, mail, columns) = (to_hex(&Sha256::digest(key)), Uuid::now_v7(), about.columns());
    let [order, payment] = typed(&columns);
    let params = [
        order,
        payment,
        (&digest as _, Type::TEXT),
        (&MOST_A_DAY as _, Type::INT4),
        (&mail as _, Type::UUID),
        (&now as _, Type::TIMESTAMPTZ),
    ];
    let rows = db.query(deadline, &sql, &params).await?;
    let row = rows.first().ok_or_else(not_paid_yet)?;
    match row.get("outcome") {
        "queued" => Ok(Resent::Queued),
        "too_many" => Ok(Resent::TooMany { wait_s: row.get("wait_s") }),
        "no_address" => {
            Err(Failure::Refused { code: "no_address", detail: "no address is known to send it to".into() })
        }
        _ => Err(not_paid_yet()),
    }
}
