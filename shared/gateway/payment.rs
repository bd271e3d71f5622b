//! Looking at a payment: what the provider itself says of it, when somebody brings its id.
use tokio::time::Instant;
use uuid::Uuid;

use super::{Desk, Fault, Gateways};
use crate::inbox::Provider;
use crate::money::Money;

/// A payment as its provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// `pi_...`, `pay_...`
    pub provider_payment: String,
    /// `order_...`. None for Stripe: its PaymentIntents do not name their session.
    pub provider_order: Option<String>,
    /// What arrived, when it did; else what was asked for. ISO minor units.
    pub money: Money,
    /// Did the money arrive? Never of one that is only authorised.
    pub captured: bool,
    /// Our payment, as its metadata or notes say. At Razorpay the buyer's browser may have written it: the order outranks it.
    pub mark: Option<Uuid>,
    /// Whose mark that is.
    pub stack: Option<String>,
}

impl Gateways {
    /// Asks for a payment. The sandbox knows none: `payment_not_found`.
    pub async fn payment(
        &self,
        deadline: Instant,
        provider: Provider,
        provider_payment: &str,
    ) -> Result<Fetched, Fault> {
        match self.desk(provider)? {
            Desk::Sandbox => Err(Fault::not_asked("payment_not_found", "the sandbox keeps no payments")),
            Desk::Stripe(client) => {
                let found = client.payment(deadline, provider_payment).await?;
                Ok(Fetched {
                    provider_payment: found.id,
                    provider_order: None,
                    money: found.money,
                    captured: found.captured,
                    mark: found.mark,
                    stack: found.stack,
                })
            }
            Desk::Razorpay(client) => {
                let found = client.payment(deadline, provider_payment).await?;
                Ok(Fetched {
                    provider_payment: found.id,
                    provider_order: found.provider_order,
                    money: found.money,
                    captured: found.captured,
                    mark: found.mark,
                    stack: found.stack,
                })
            }
        }
    }
}
