//! Payments: the unit in which Razorpay's money arrives.
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{page, read, unreadable};
use super::{Client, known};
use crate::inbox::reading::{Reading, id, id_if_any, mark, money, object, stack};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::razorpay::event;
use crate::razorpay::minor_units::iso;

/// A payment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// `pay_...`
    pub id: String,
    /// `order_...`, for which it was made.
    pub provider_order: Option<String>,
    /// How much.
    pub money: Money,
    /// Did the money arrive? Never of one that is only authorised.
    pub captured: bool,
    /// Our payment; the buyer's browser may have written it, so the order outranks it.
    pub mark: Option<Uuid>,
    /// Whose mark that is.
    pub stack: Option<String>,
}

impl Client {
    /// The payment of this id.
    pub async fn payment(&self, deadline: Instant, id: &str) -> Result<Payment, Fault> {
        let call = Call::get(format!("/v1/payments/{}", known(id, "pay_")?), &[]);
        let answer = self.line.send(deadline, &call).await?;
        read(&answer).and_then(|found| payment(found).map_err(unreadable)).map_err(Fault::of_reading)
    }

    /// Every attempt at an order, the failed ones too.
    pub async fn payments_of(&self, deadline: Instant, order: &str) -> Result<Vec<Payment>, Fault> {
        let call = Call::get(format!("/v1/orders/{}/payments", known(order, "order_")?), &[]);
        let answer = self.line.send(deadline, &call).await?;
        let read = |item| object(Some(item)).and_then(payment).map_err(|why| unreadable(why).of_reading());
        page(&answer)?.into_iter().map(read).collect()
    }
}

fn payment(found: event::Payment<'_>) -> Reading<Payment> {
    Ok(Payment {
        id: id(found.id)?,
        provider_order: id_if_any(found.order_id)?,
        money: money(found.amount, found.currency).and_then(iso)?,
        captured: event::says_captured(&found),
        mark: mark(found.notes)?,
        stack: stack(found.notes)?,
    })
}
