//! A live database takes no migration without a fresh backup.
use std::time::{Duration, SystemTime};

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::migrate::{Error, MIGRATIONS};

/// A backup older than this would lose more than a day of money.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// Clocks differ: a marker may be a little ahead of whoever reads it.
const CLOCKS_DIFFER: Duration = Duration::from_secs(10 * 60);

/// What has to be so before a migration changes a database that has served.
#[derive(Clone, Copy, Debug)]
pub enum Backup {
    /// Nothing: there is no real money in it.
    NotNeeded,
    /// A marker in `payonce.backups` of a backup taken in the 24 hours before `now`.
    Marked {
        /// The time.
        now: SystemTime,
    },
    /// Somebody gave their word that there is one.
    Vouched,
}

impl Backup {
    /// What a stack needs: in live mode a marker, unless somebody gave their word.
    pub fn needed(livemode: bool, vouched: bool, now: SystemTime) -> Self {
        match (livemode, vouched) {
            (false, _) => Self::NotNeeded,
            (true, true) => Self::Vouched,
            (true, false) => Self::Marked { now },
        }
    }

    /// Holds a migrated database to it. What is not asked of: a database that is at its newest, and one on which no
    /// release was ever installed, so that nothing can have been written: a first run may stop half way and go on.
    pub(super) async fn demand(self, step: &Transaction<'_>) -> Result<(), Error> {
        let Self::Marked { now } = self else { return Ok(()) };
        let applied = step.query_typed("select version from payonce.schema_migrations", &[]).await?;
        let is_new = |version: &&str| !applied.iter().any(|row| row.get::<_, &str>("version") == *version);
        let coming = MIGRATIONS.iter().map(|(version, _)| *version).filter(is_new).count();
        if coming == 0 {
            return Ok(());
        }
        let has_served = there(step, "releases").await?
            && !step.query_typed("select from payonce.releases limit 1", &[]).await?.is_empty();
        if has_served && !(there(step, "backups").await? && is_marked(step, now).await?) {
            return Err(Error::NoBackup(coming));
        }
        Ok(())
    }
}

async fn there(step: &Transaction<'_>, table: &str) -> Result<bool, Error> {
    let sql = "select to_regclass('payonce.' || $1) is not null as there";
    let rows = step.query_typed(sql, &[(&table, Type::TEXT)]).await?;
    Ok(rows.first().is_some_and(|row| row.get("there")))
}

async fn is_marked(step: &Transaction<'_>, now: SystemTime) -> Result<bool, Error> {
    let rows = step
        .query_typed(
            "select from payonce.backups where taken_at > $1 and taken_at <= $2 limit 1",
            &[(&(now - FRESH), Type::TIMESTAMPTZ), (&(now + CLOCKS_DIFFER), Type::TIMESTAMPTZ)],
        )
        .await?;
    Ok(!rows.is_empty())
}
