//! What `rotate-secret` reads.
use super::{Aws, Source, StripeKey};

/// Configuration of a rotation.
#[derive(Clone)]
pub struct Rotation {
    /// `APP_ID/STAGE`: whose endpoints at Stripe are ours to take away.
    pub stack: String,
    /// Who asks Secrets Manager, and where.
    pub aws: Aws,
    /// How Stripe is reached, for a Stripe endpoint's secret alone; or why it cannot be, which is in no other secret's way.
    pub stripe: Result<Option<StripeKey>, String>,
    /// `STRIPE_WEBHOOK_URL`: the endpoint to take the place of, where its id is not kept beside its secret and there are
    /// several.
    pub stripe_url: Option<String>,
}

impl Rotation {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let others = source.complaints.len();
        let stripe = StripeKey::read(source);
        let wrong = source.complaints.split_off(others);
        let aws = Aws::read(source);
        let stack = source.stack();
        Some(Self {
            stack: format!("{}/{}", stack.app_id, stack.stage),
            aws: aws?,
            stripe: if wrong.is_empty() { Ok(stripe) } else { Err(wrong.join("; ")) },
            stripe_url: source.optional("STRIPE_WEBHOOK_URL"),
        })
    }
}
