//! What the webhook functions and their retry read.
use super::{Database, Source, Stack};
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
    /// How often a failing event is tried.
    pub retry: Retry,
}

/// The mode and the accounts this stack serves.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// `APP_ID/STAGE`: whose marks are ours.
    pub stack: String,
    /// Real money? Test events never touch a live stack, nor live ones a test stack.
    pub livemode: bool,
    /// The mode of the Razorpay key whose webhook secret we hold: Razorpay's events do not say.
    pub razorpay_livemode: bool,
    /// The Stripe account; a Connect event names another one.
    pub stripe_account: Option<String>,
    /// The Razorpay account, where it is to be checked.
    pub razorpay_account: Option<String>,
}

/// How often a failing event is tried; the waits between are the inbox's.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// `WEBHOOK_MAX_ATTEMPTS`, 1 to 20, default 5: after so many failed attempts an event is dead.
    pub max_attempts: i32,
}

impl Webhook {
    /// Reads what stripe-webhook needs.
    pub fn read_stripe(source: &mut Source<'_>) -> Option<Self> {
        Self::read(source, "STRIPE_WEBHOOK_SECRET")
    }

    /// Reads what razorpay-webhook needs.
    pub fn read_razorpay(source: &mut Source<'_>) -> Option<Self> {
        Self::read(source, "RAZORPAY_WEBHOOK_SECRET")
    }

    /// The same, whose secret is the ring of `secret_name`.
    pub fn read(source: &mut Source<'_>, secret_name: &str) -> Option<Self> {
        let secrets = source.ring(secret_name);
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
        let expected = Expected::read(source);
        let retry = Retry::read(source);
        Some(Self { stack: source.stack(), database: database?, secrets, expected: expected?, retry: retry? })
    }
}

impl Retry {
    /// Reads it.
    pub(super) fn read(source: &mut Source<'_>) -> Option<Self> {
        Some(Self { max_attempts: source.within("WEBHOOK_MAX_ATTEMPTS", 5, 1..=20)? })
    }
}

impl Expected {
    /// `LIVEMODE` (default false), `STRIPE_ACCOUNT_ID`, `RAZORPAY_ACCOUNT_ID`; Razorpay's mode is in its key's name.
    pub(super) fn read(source: &mut Source<'_>) -> Option<Self> {
        let livemode = source.parsed("LIVEMODE", false)?;
        let Stack { app_id, stage } = source.stack();
        Some(Self {
            stack: format!("{app_id}/{stage}"),
            livemode,
            razorpay_livemode: match source.optional("RAZORPAY_KEY_ID") {
                Some(key) => key.starts_with("rzp_live_"),
                None => livemode,
            },
            stripe_account: source.optional("STRIPE_ACCOUNT_ID"),
            razorpay_account: source.optional("RAZORPAY_ACCOUNT_ID"),
        })
    }
}
