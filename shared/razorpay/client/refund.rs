//! Refunds: made, and found again by our id.
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{page, read, unreadable};
use super::{Client, PAGE, known, post};
use crate::inbox::event::{REFUND_MARK, Refund};
use crate::inbox::reading::{Reading, object, refund_mark};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::razorpay::event;
use crate::razorpay::minor_units::to_wire;

/// Pages of refunds of one payment; nobody gives money back in more than 500 parts.
const PAGES: usize = 5;

/// A refund to be made.
pub struct NewRefund<'a> {
    /// Ours: the mark in its notes, its receipt, and the key under which Razorpay takes it once.
    pub id: Uuid,
    /// `pay_...`
    pub provider_payment: &'a str,
    /// How much goes back.
    pub money: Money,
}

/// A refund as it stands, and which of ours it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeRefund {
    /// The id of our refund, where it is one of ours.
    pub ours: Option<Uuid>,
    /// As its events tell of it.
    pub refund: Refund,
}

impl Client {
    /// Gives money back, at normal speed. An amount Razorpay cannot take is refused here, as `amount_not_payable`.
    pub async fn create_refund(&self, deadline: Instant, new: &NewRefund<'_>) -> Result<MadeRefund, Fault> {
        let amount = to_wire(new.money).ok_or_else(|| {
            Fault::not_asked("amount_not_payable", format!("Razorpay cannot send {}", new.money))
        })?;
        let id = new.id.to_string();
        let document =
            json!({ "amount": amount, "speed": "normal", "receipt": id, "notes": { REFUND_MARK: id } });
        let path = format!("/v1/payments/{}/refund", known(new.provider_payment, "pay_")?);
        let call = post(path, &document).once_by("x-refund-idempotency", &id);
        let answer = self.line.send(deadline, &call).await?;
        refund(read(&answer)?).map_err(unreadable)
    }

    /// Every refund of a payment, ours or not.
    pub async fn refunds_of(
        &self,
        deadline: Instant,
        provider_payment: &str,
    ) -> Result<Vec<MadeRefund>, Fault> {
        let path = format!("/v1/payments/{}/refunds", known(provider_payment, "pay_")?);
        let (mut found, count) = (Vec::new(), PAGE.to_string());
        for _ in 0..PAGES {
            let skip = found.len().to_string();
            let call = Call::get(path.as_str(), &[("count", count.as_str()), ("skip", &skip)]);
            let answer = self.line.send(deadline, &call).await?;
            let page = page(&answer)?;
            let whole = page.len() == PAGE;
            for item in page {
                found.push(object(Some(item)).and_then(refund).map_err(|why| unreadable(why).of_reading())?);
            }
            if !whole {
                return Ok(found);
            }
        }
        Err(Fault::Unavailable { detail: format!("more than {PAGES} pages of refunds of one payment") })
    }
}

fn refund(found: event::Claim<'_>) -> Reading<MadeRefund> {
    let ours = refund_mark(found.notes)?;
    Ok(MadeRefund { ours, refund: event::refund("refund.created", found, &event::Payload::default())? })
}
