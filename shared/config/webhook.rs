//! What the webhook functions and their retry read.
use super::{Database, Source, Stack};
use crate::inbox::{Expected, Provider};
use crate::secret::Ring;

/// Configuration of a webhook function. An empty ring does not stop it: it refuses every delivery with a code of its own.
#[derive(Clone)]
pub struct Webhook {
    /// Who this is.
    pub stack: Stack,
    /// `DATABASE_URL`, pooled.
    pub database: Database,
    /// `STRIPE_WEBHOOK_SECRET` or `RAZORPAY_WEBHOOK_SECRET`, each a ring.
    pub secrets: Ring,
    /// Whose events are ours.
    pub expected: Expected,
    /// When a failing event is tried again, and how often.
    pub retry: Retry,
}

/// When a failing event is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// `WEBHOOK_MAX_ATTEMPTS`, 1 to 20, default 5: after so many failed attempts an event is dead.
    pub max_attempts: i32,
}

impl Webhook {
    /// Reads what `provider`'s webhook function needs.
    pub fn read(source: &mut Source<'_>, provider: Provider) -> Option<Self> {
        let name = match provider {
            Provider::Stripe => "STRIPE_WEBHOOK_SECRET",
            Provider::Razorpay => "RAZORPAY_WEBHOOK_SECRET",
        };
        let secrets = source.ring(name);
        Self::with(source, secrets, &["DATABASE_URL"])
    }

    /// Reads what webhook-retry needs: no secret, and the cron role's URL where there is one.
    pub fn read_retry(source: &mut Source<'_>) -> Option<Self> {
        Self::with(source, Ring::default(), &["DATABASE_CRON_URL", "DATABASE_URL"])
    }

    /// Reads what an operator's replay needs: no secret, and whichever URL is at hand.
    pub fn read_replay(source: &mut Source<'_>) -> Option<Self> {
        Self::with(source, Ring::default(), &["DATABASE_URL", "DATABASE_DIRECT_URL"])
    }

    fn with(source: &mut Source<'_>, secrets: Ring, urls: &[&str]) -> Option<Self> {
        let database = source.database(urls);
        let expected = expected(source);
        let max_attempts = source.within("WEBHOOK_MAX_ATTEMPTS", 5, 1..=20);
        Some(Self {
            stack: source.stack(),
            database: database?,
            secrets,
            expected: expected?,
            retry: Retry { max_attempts: max_attempts? },
        })
    }
}

/// `LIVEMODE` (default false), `STRIPE_ACCOUNT_ID`, `RAZORPAY_ACCOUNT_ID`; Razorpay's mode is in its key's name.
fn expected(source: &mut Source<'_>) -> Option<Expected> {
    let livemode = source.parsed("LIVEMODE", false)?;
    Some(Expected {
        livemode,
        razorpay_livemode: match source.optional("RAZORPAY_KEY_ID") {
            Some(key) => key.starts_with("rzp_live_"),
            None => livemode,
        },
        stripe_account: source.optional("STRIPE_ACCOUNT_ID"),
        razorpay_account: source.optional("RAZORPAY_ACCOUNT_ID"),
    })
}
