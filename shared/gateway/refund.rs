//! Giving money back.
use tokio::time::Instant;
use uuid::Uuid;

use super::open::{key, still_unknown};
use super::{Desk, Fault, Gateways, sandbox};
use crate::inbox::Provider;
use crate::inbox::event::{Refund, RefundState};
use crate::money::Money;
use crate::{razorpay, stripe};

/// What goes back.
#[derive(Clone, Debug)]
pub struct RefundAsk<'a> {
    /// Our refund: the mark, and the idempotency key.
    pub id: Uuid,
    /// How many keys are used up ([`Fault::Unknown`], `answered`): Stripe keeps a 5xx under its key for a day.
    pub faulted: u16,
    /// `pi_...`, `ch_...`, `pay_...`: which capture.
    pub provider_payment: &'a str,
    /// How much, in ISO minor units.
    pub money: Money,
    /// Why: `duplicate`, `fraudulent`, `requested_by_customer`; any other word stays with us.
    pub reason: &'a str,
}

/// What the provider made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// `re_...`, `rfnd_...`
    pub provider_refund: String,
    /// How far it got.
    pub state: RefundState,
    /// How much goes back, says the provider.
    pub money: Money,
}

impl Gateways {
    /// Gives money back, once for our id: the provider's list is asked for it first, since its idempotency keys expire after a
    /// day, and a database restored from a backup knows of no earlier try. As long as it cannot be asked the outcome is unknown.
    pub async fn refund(
        &self,
        deadline: Instant,
        provider: Provider,
        ask: &RefundAsk<'_>,
    ) -> Result<Refunded, Fault> {
        match self.desk(provider)? {
            Desk::Sandbox => Ok(sandbox::refund(provider, ask)),
            Desk::Stripe(client) => {
                let made = client.refunds_of(deadline, ask.provider_payment).await.map_err(still_unknown)?;
                if let Some(made) = made.into_iter().find(|made| made.ours == Some(ask.id)) {
                    return Ok(made.refund.into());
                }
                let new = stripe::client::NewRefund {
                    id: ask.id,
                    idempotency_key: &key(ask.id, ask.faulted),
                    provider_payment: ask.provider_payment,
                    money: ask.money,
                    reason: ask.reason,
                };
                Ok(client.create_refund(deadline, &new).await?.refund.into())
            }
            Desk::Razorpay(client) => {
                let made = client.refunds_of(deadline, ask.provider_payment).await.map_err(still_unknown)?;
                if let Some(made) = made.into_iter().find(|made| made.ours == Some(ask.id)) {
                    return Ok(made.refund.into());
                }
                let new = razorpay::client::NewRefund {
                    id: ask.id,
                    provider_payment: ask.provider_payment,
                    money: ask.money,
                };
                Ok(client.create_refund(deadline, &new).await?.refund.into())
            }
        }
    }
}

impl From<Refund> for Refunded {
    fn from(made: Refund) -> Self {
        Self { provider_refund: made.id, state: made.state, money: made.money }
    }
}
