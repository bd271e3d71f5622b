//! PaymentIntents: the unit in which Stripe's money arrives.
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{read, unreadable};
use super::{Client, known};
use crate::inbox::reading::{Reading, id, mark, money, stack, text};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::stripe::event::Object;
use crate::stripe::minor_units::iso;

/// A payment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `pi_...`
    pub id: String,
    /// What arrived, when it did; else what was asked for.
    pub money: Money,
    /// Did the money arrive?
    pub captured: bool,
    /// Our payment.
    pub mark: Option<Uuid>,
    /// Whose mark that is.
    pub stack: Option<String>,
}

impl Client {
    /// The payment of this id.
    pub async fn payment(&self, deadline: Instant, id: &str) -> Result<Payment, Fault> {
        let call = Call::get(format!("/v1/payment_intents/{}", known(id, &["pi_"])?), &[]);
        let answer = self.line.send(deadline, &call).await?;
        read(&answer).and_then(|found| payment(found).map_err(unreadable)).map_err(Fault::of_reading)
    }
}

fn payment(found: Object<'_>) -> Reading<Payment> {
    let captured = text(found.status).as_deref() == Some("succeeded");
    let amount = if captured { found.amount_received } else { found.amount };
    Ok(Payment {
        id: id(found.id)?,
        money: money(amount, found.currency).and_then(iso)?,
        captured,
        mark: mark(found.metadata)?,
        stack: stack(found.metadata)?,
    })
}
