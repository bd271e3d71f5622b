//! Orders: made, and found again.
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{page, read, unreadable};
use super::{Client, PAGE, post};
use crate::inbox::event::{MARK, STACK};
use crate::inbox::reading::{Field, Reading, id, mark, money, object, stack, text, uuid};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::razorpay::minor_units::{iso, to_wire};

/// Razorpay's smallest payment in rupees: 100 paise.
const LEAST_PAISE: i64 = 100;

/// An order to be made. Razorpay knows no idempotency key for orders: asked twice, it makes two.
pub struct NewOrder<'a> {
    /// Our payment: the receipt, and the mark in its notes.
    pub payment: Uuid,
    /// Whose mark it is, `payonce/prod`.
    pub stack: &'a str,
    /// The whole amount.
    pub money: Money,
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// `order_...`
    pub id: String,
    /// How far it got.
    pub state: OrderState,
    /// Our payment, and whose mark that is.
    pub mark: Option<Uuid>,
    /// `payonce/prod`
    pub stack: Option<String>,
    /// What it asks for.
    pub money: Money,
}

/// How far an order got; it stays paid when it is refunded. In rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderState {
    /// Nobody tried to pay it.
    Created,
    /// Somebody did.
    Attempted,
    /// And succeeded.
    Paid,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    amount: Field<'a>,
    #[serde(borrow)]
    currency: Field<'a>,
    #[serde(borrow)]
    receipt: Field<'a>,
    #[serde(borrow)]
    status: Field<'a>,
    #[serde(borrow)]
    notes: Field<'a>,
}

impl Client {
    /// Makes an order, without a second try: see [`NewOrder`]. An amount Razorpay cannot take is refused here, as
    /// `amount_not_payable`.
    pub async fn create_order(&self, deadline: Instant, new: &NewOrder<'_>) -> Result<Order, Fault> {
        let amount = payable(new.money).ok_or_else(|| {
            Fault::not_asked("amount_not_payable", format!("Razorpay cannot take {}", new.money))
        })?;
        let document = json!({
            "amount": amount,
            "currency": new.money.currency.code(),
            "receipt": new.payment.to_string(),
            "notes": { MARK: new.payment.to_string(), STACK: new.stack },
        });
        let answer = self.line.send(deadline, &post("/v1/orders".into(), &document)).await?;
        order(read(&answer)?).map_err(unreadable)
    }

    /// The order made for this payment, if there is one: what to ask when nobody knows whether there is. Of several, the
    /// one that got furthest.
    pub async fn order_of(
        &self,
        deadline: Instant,
        payment: Uuid,
        stack: &str,
    ) -> Result<Option<Order>, Fault> {
        let (receipt, count) = (payment.to_string(), PAGE.to_string());
        let call = Call::get("/v1/orders", &[("receipt", receipt.as_str()), ("count", &count)]);
        let answer = self.line.send(deadline, &call).await?;
        let mut found = Vec::new();
        for item in page(&answer)? {
            found.push(object(Some(item)).and_then(order).map_err(|why| unreadable(why).of_reading())?);
        }
        let ours = |order: &Order| {
            order.mark == Some(payment) && order.stack.as_deref().is_none_or(|whose| whose == stack)
        };
        Ok(found.into_iter().filter(ours).max_by_key(|order| order.state))
    }
}

/// What to ask for; `None` for an amount Razorpay cannot take.
pub(crate) fn payable(money: Money) -> Option<i64> {
    let least = if money.currency.code() == "INR" { LEAST_PAISE } else { 1 };
    to_wire(money).filter(|amount| *amount >= least)
}

fn order(found: Answer<'_>) -> Reading<Order> {
    Ok(Order {
        id: id(found.id)?,
        state: match text(found.status).as_deref() {
            Some("paid") => OrderState::Paid,
            Some("attempted") => OrderState::Attempted,
            _ => OrderState::Created,
        },
        mark: mark(found.notes)?.or_else(|| uuid(found.receipt)),
        stack: stack(found.notes)?,
        money: money(found.amount, found.currency).and_then(iso)?,
    })
}
