//! Prices, for those who keep their catalogue at Stripe.
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::{read, unreadable};
use super::{Client, known};
use crate::inbox::reading::{Field, Reading, id, money};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::stripe::minor_units::iso;

/// A price as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// `price_...`
    pub id: String,
    /// Of one piece; `None` for a price in steps, or in fractions of the smallest unit.
    pub money: Option<Money>,
    /// Can it be bought at?
    pub active: bool,
    /// Is it for real money?
    pub livemode: bool,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    currency: Field<'a>,
    #[serde(borrow)]
    unit_amount: Field<'a>,
    #[serde(borrow)]
    active: Field<'a>,
    #[serde(borrow)]
    livemode: Field<'a>,
}

impl Client {
    /// The price of this id.
    pub async fn price(&self, deadline: Instant, id: &str) -> Result<Price, Fault> {
        let call = Call::get(format!("/v1/prices/{}", known(id, &["price_", "plan_"])?), &[]);
        let answer = self.line.send(deadline, &call).await?;
        read(&answer).and_then(|found| price(found).map_err(unreadable)).map_err(Fault::of_reading)
    }
}

fn price(found: Answer<'_>) -> Reading<Price> {
    let yes = |field: Field| field.is_some_and(|raw| raw.get() == "true");
    let money = match found.unit_amount {
        Some(_) => Some(money(found.unit_amount, found.currency).and_then(iso)?),
        None => None,
    };
    Ok(Price { id: id(found.id)?, money, active: yes(found.active), livemode: yes(found.livemode) })
}
