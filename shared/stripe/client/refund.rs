//! Refunds: made, and found again by our id.
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{page, read, unreadable};
use super::{Client, PAGE, known, post};
use crate::inbox::event::{REFUND_MARK, Refund};
use crate::inbox::reading::{Reading, object, refund_mark};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::stripe::event;
use crate::stripe::minor_units::to_wire;

/// Pages of refunds of one payment; nobody gives money back in more than 500 parts.
const PAGES: usize = 5;

/// A refund to be made.
pub struct NewRefund<'a> {
    /// Ours: the mark in its metadata.
    pub id: Uuid,
    /// Under which Stripe takes it once.
    pub idempotency_key: &'a str,
    /// `pi_...` or `ch_...`
    pub provider_payment: &'a str,
    /// How much goes back.
    pub money: Money,
    /// Why; told to Stripe where it is one of its own three words.
    pub reason: &'a str,
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
    /// Gives money back. An amount Stripe cannot take is refused here, as `amount_not_payable`.
    pub async fn create_refund(&self, deadline: Instant, new: &NewRefund<'_>) -> Result<MadeRefund, Fault> {
        let call = post("/v1/refunds".into(), &fields(new)?);
        let answer = self.line.send(deadline, &call.once_by("idempotency-key", new.idempotency_key)).await?;
        refund(read(&answer)?).map_err(unreadable)
    }

    /// Every refund of a payment, ours or not.
    pub async fn refunds_of(
        &self,
        deadline: Instant,
        provider_payment: &str,
    ) -> Result<Vec<MadeRefund>, Fault> {
        let kind = kind(provider_payment)?;
        let (mut found, mut after) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = vec![(kind, provider_payment), ("limit", PAGE)];
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let answer = self.line.send(deadline, &Call::get("/v1/refunds", &query)).await?;
            let page = page(&answer)?;
            for item in page.items {
                found.push(object(Some(item)).and_then(refund).map_err(|why| unreadable(why).of_reading())?);
            }
            match page.next {
                Some(id) => after = Some(id),
                None => return Ok(found),
            }
        }
        Err(Fault::Unavailable { detail: format!("more than {PAGES} pages of refunds of one payment") })
    }
}

fn fields(new: &NewRefund<'_>) -> Result<Vec<(String, String)>, Fault> {
    let amount = to_wire(new.money)
        .ok_or_else(|| Fault::not_asked("amount_not_payable", format!("Stripe cannot send {}", new.money)))?;
    let mut fields = vec![
        (kind(new.provider_payment)?.to_owned(), new.provider_payment.to_owned()),
        ("amount".to_owned(), amount.to_string()),
        (format!("metadata[{REFUND_MARK}]"), new.id.to_string()),
    ];
    if let "duplicate" | "fraudulent" | "requested_by_customer" = new.reason {
        fields.push(("reason".to_owned(), new.reason.to_owned()));
    }
    Ok(fields)
}

/// How Stripe calls what is refunded.
fn kind(provider_payment: &str) -> Result<&'static str, Fault> {
    let intent = known(provider_payment, &["pi_", "ch_", "py_"])?.starts_with("pi_");
    Ok(if intent { "payment_intent" } else { "charge" })
}

fn refund(found: event::Object<'_>) -> Reading<MadeRefund> {
    Ok(MadeRefund { ours: refund_mark(found.metadata)?, refund: event::refund("refund.created", found)? })
}
