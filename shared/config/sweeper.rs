//! What the sweeper reads.
use super::{Database, Gateway, Retry, Source, Stack};
use crate::secret::held::Replaced;

/// Configuration of the sweeper.
#[derive(Clone)]
pub struct Sweeper {
    /// Who this is.
    pub stack: Stack,
    /// `DATABASE_CRON_URL` or `DATABASE_URL`, pooled.
    pub database: Database,
    /// Whom it sends refunds to.
    pub gateway: Gateway,
    /// How often an event of ours that fails is tried.
    pub retry: Retry,
    /// `AUTO_REFUNDS_PER_HOUR`, default 20: of refunds that nobody asked for, so many begin in an hour; 0 stops them, as
    /// after a restore, until the books are reconciled.
    pub automatic_an_hour: i64,
    /// The endpoint at Stripe to be switched off, as `STRIPE_WEBHOOK_SECRET` tells where Secrets Manager keeps it.
    pub replaced: Option<Replaced>,
}

impl Sweeper {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let database = source.database(&["DATABASE_CRON_URL", "DATABASE_URL"]);
        let gateway = Gateway::read(source);
        let retry = Retry::read(source);
        let automatic_an_hour = source.within("AUTO_REFUNDS_PER_HOUR", 20, 0..=100_000);
        Some(Self {
            stack: source.stack(),
            database: database?,
            gateway: gateway?,
            retry: retry?,
            automatic_an_hour: automatic_an_hour?,
            replaced: source.replaced("STRIPE_WEBHOOK_SECRET"),
        })
    }
}
