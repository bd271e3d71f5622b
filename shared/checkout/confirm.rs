//! `POST /v1/checkout/confirm`: the buyer's browser brings what Razorpay handed it. That it is signed says that a payment of
//! this order exists; what was paid is Razorpay's to say. When it cannot be asked the answer is `pending`, and the webhook
//! decides.
use serde_json::json;

use super::request::{self, Confirm, refused};
use super::row::Checkout;
use super::{Endpoint, Named};
use crate::answer::{Answer, Body};
use crate::failure::Failure;
use crate::inbox::own::{self, Learnt, News};
use crate::inbox::{Provider, Settled, Status};
use crate::lambda::Request;
use crate::{fulfilment, razorpay};

impl Endpoint {
    /// `paid`, `refunding` (the money cannot be used and goes back), or `pending`.
    pub async fn confirm(&self, request: &Request) -> Result<Answer, Failure> {
        self.admit(request).await?;
        let confirm: Confirm = request::read(&request.body)?;
        let named = confirm.order.as_deref().or(confirm.payment.as_deref()).and_then(Named::quoted);
        let named = named.ok_or_else(|| request::malformed("the order or the payment it is about"))?;
        let found = self.find(request.deadline, &named, Some(Provider::Razorpay)).await?;
        let (checkout, order) = found
            .and_then(|checkout| Some((checkout.provider_order.clone()?, checkout)))
            .map(|(order, checkout)| (checkout, order))
            .ok_or_else(mismatch)?;
        self.believe(request, &confirm, &order)?;

        let until = request.deadline - super::TO_RECORD;
        let payment = &confirm.razorpay_payment_id;
        match self.gateways.payment(until, Provider::Razorpay, payment).await {
            Ok(fetched) if fetched.provider_order.as_deref() != Some(&order) => Err(mismatch()),
            Ok(fetched) if fetched.captured => {
                let of = checkout.reference(&order, payment);
                let news = News::Captured(fetched.money);
                let event = own::own(
                    Learnt::Fetched,
                    Provider::Razorpay,
                    checkout.livemode,
                    &of,
                    &news,
                    checkout.created_at,
                )?;
                let retry = self.config.retry;
                let settled =
                    fulfilment::receive(&self.db, &event, retry, request.now, request.deadline).await?;
                confirmed(&checkout, &settled)
            }
            Ok(_) => Ok(told(&checkout, 202, "pending")),
            Err(fault) => {
                tracing::warn!(%fault, payment = %checkout.payment, "could not be confirmed; the webhook decides");
                Ok(told(&checkout, 202, "pending"))
            }
        }
    }

    /// Signed over the order id of our database: one that the caller brings proves nothing.
    fn believe(&self, request: &Request, confirm: &Confirm, order: &str) -> Result<(), Failure> {
        let payment = &confirm.razorpay_payment_id;
        let same = confirm.razorpay_order_id.as_deref().is_none_or(|given| given == order);
        let signed = self.gateways.razorpay_key_secrets().is_some_and(|keys| {
            razorpay::verify_checkout(order, payment, &confirm.razorpay_signature, &keys.live(request.now))
        });
        if same && signed { Ok(()) } else { Err(mismatch()) }
    }
}

/// One answer to an unknown order and a wrong signature.
fn mismatch() -> Failure {
    refused("signature_mismatch", "this was not signed for this order")
}

/// What became of the money, for whoever waits for it.
pub(super) fn confirmed(checkout: &Checkout, settled: &Settled) -> Result<Answer, Failure> {
    match (settled.status, settled.outcome.as_str()) {
        (Status::Processed, "duplicate_capture" | "order_unfulfillable") => {
            Ok(told(checkout, 200, "refunding"))
        }
        (Status::Processed, _) => Ok(told(checkout, 200, "paid")),
        (_, "payment_amount_mismatch") => {
            Err(refused("amount_mismatch", "what was paid is not what was asked: it is being looked into"))
        }
        _ => Ok(told(checkout, 202, "pending")),
    }
}

fn told(checkout: &Checkout, status: u16, stands: &str) -> Answer {
    let body = json!({ "payment": checkout.payment, "order": checkout.order, "status": stands });
    Answer::of(status, "application/json", Body::Json(body))
}
