//! The providers as the domains see them: ask for money, give it back, close what is open, look at what came. Whichever
//! provider it is, and in the sandbox none at all.
//!
//! Every call may end in a [`Fault`], and after [`Fault::Unknown`] the next one says so (`resumed`, `repeated`): then the
//! provider is asked what it has before anything new is made.
mod expire;
mod open;
mod payment;
mod refund;
mod sandbox;

pub use crate::outgoing::Fault;
pub use expire::Expiry;
pub use open::{Ask, Opened};
pub use payment::Fetched;
pub use refund::{RefundAsk, Refunded};

use crate::config::{Gateway, PaymentsMode};
use crate::inbox::Provider;
use crate::secret::Ring;
use crate::{razorpay, stripe};

/// Lines to the providers there are. Cloned, they are the same lines.
#[derive(Clone)]
pub struct Gateways {
    mode: PaymentsMode,
    stripe: Option<stripe::Client>,
    razorpay: Option<Razorpay>,
}

#[derive(Clone)]
struct Razorpay {
    client: razorpay::Client,
    key_id: String,
    key_secrets: Ring,
}

/// Who answers for a provider.
enum Desk<'a> {
    Sandbox,
    Stripe(&'a stripe::Client),
    Razorpay(&'a razorpay::Client),
}

impl Gateways {
    /// Connects to nobody yet. The only error: a key that is not one line of text.
    pub fn new(config: &Gateway) -> Result<Self, String> {
        let key = |name: &str, ring: &Ring| {
            let secret = ring.current().map(|secret| String::from_utf8_lossy(secret.expose()).into_owned());
            secret.ok_or_else(|| format!("{name} is missing"))
        };
        let stripe = match &config.stripe {
            Some(found) => {
                let client = stripe::Client::new(&found.base, &key("STRIPE_SECRET_KEY", &found.secret)?);
                Some(client.map_err(|why| format!("STRIPE_SECRET_KEY: {why}"))?)
            }
            None => None,
        };
        let razorpay = match &config.razorpay {
            Some(found) => {
                let secret = key("RAZORPAY_KEY_SECRET", &found.secret)?;
                let client = razorpay::Client::new(&found.base, &found.id, &secret)
                    .map_err(|why| format!("RAZORPAY_KEY_SECRET: {why}"))?;
                Some(Razorpay { client, key_id: found.id.clone(), key_secrets: found.secret.clone() })
            }
            None => None,
        };
        Ok(Self { mode: config.mode, stripe, razorpay })
    }

    /// Who answers.
    pub fn mode(&self) -> PaymentsMode {
        self.mode
    }

    /// Can money be asked for by this provider?
    pub fn serves(&self, provider: Provider) -> bool {
        self.desk(provider).is_ok()
    }

    /// Stripe itself, for what only it has: events, endpoints. Whatever the mode is, since no money moves by it.
    pub fn stripe(&self) -> Option<&stripe::Client> {
        self.stripe.as_ref()
    }

    /// `rzp_...`, with which the buyer's browser opens Razorpay's page. Not a secret.
    pub fn razorpay_key_id(&self) -> Option<&str> {
        self.razorpay.as_ref().map(|razorpay| razorpay.key_id.as_str())
    }

    /// What [`razorpay::verify_checkout`] takes: the secrets with which a browser's word may be signed.
    pub fn razorpay_key_secrets(&self) -> Option<&Ring> {
        self.razorpay.as_ref().map(|razorpay| &razorpay.key_secrets)
    }

    fn desk(&self, provider: Provider) -> Result<Desk<'_>, Fault> {
        let desk = match (self.mode, provider) {
            (PaymentsMode::Disabled, _) => None,
            (PaymentsMode::Sandbox, _) => Some(Desk::Sandbox),
            (PaymentsMode::Live, Provider::Stripe) => self.stripe.as_ref().map(Desk::Stripe),
            (PaymentsMode::Live, Provider::Razorpay) => {
                self.razorpay.as_ref().map(|razorpay| Desk::Razorpay(&razorpay.client))
            }
        };
        let name = provider.name();
        desk.ok_or_else(|| Fault::not_asked("provider_not_served", format!("{name} is not set up here")))
    }
}

#[cfg(test)]
mod tests;
