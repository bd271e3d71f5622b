//! `POST /v1/checkout/confirm`: the buyer's browser brings what Razorpay handed it. That it is signed says that a payment of
//! this order exists; what was paid is Razorpay's to say. When it cannot be asked the answer is `pending`, and the webhook
//! decides.
use serde_json::json;
use tokio_postgres::types::Type;

use super::request::{self, Confirm, refused};
use super::row::Checkout;
use super::{Endpoint, Named};
use crate::answer::{Answer, Body};
use crate::db::Param;
use crate::failure::Failure;
use crate::inbox::Provider;
use crate::inbox::own::{self, Learnt, News};
use crate::lambda::Request;
use crate::{fulfilment, razorpay};

impl Endpoint {
    /// `paid`, `refunding` (the money cannot be used and goes back), or `pending`.
    pub async fn confirm(&self, request: &Request) -> Result<Answer, Failure> {
        self.admit(request).await?;
        let confirm: Confirm = request::read(&request.body)?;
        let named = confirm.order.as_deref().or(confirm.payment.as_deref()).and_then(Named::quoted);
        let named = named.ok_or_else(|| request::malformed("the order or the payment it is about"))?;
        // Of several pages of one order, the one that the browser names; it is believed by its signature alone.
        let of = confirm.razorpay_order_id.as_deref();
        let found = self.find_at(request.deadline, &named, Some(Provider::Razorpay), of).await?;
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
                fulfilment::receive(&self.db, &event, retry, request.now, request.deadline).await?;
                self.became(request, &checkout, payment).await
            }
            Ok(_) => Ok(told(&checkout, 202, "pending")),
            Err(fault) => {
                tracing::warn!(%fault, payment = %checkout.payment, "could not be confirmed; the webhook decides");
                Ok(told(&checkout, 202, "pending"))
            }
        }
    }

    /// What became of this money, whoever told of it first.
    pub(super) async fn became(
        &self,
        request: &Request,
        checkout: &Checkout,
        provider_payment: &str,
    ) -> Result<Answer, Failure> {
        let provider = checkout.provider.name();
        let params: [Param<'_>; 2] = [(&provider, Type::TEXT), (&provider_payment, Type::TEXT)];
        let rows = self.db.query(request.deadline, include_str!("became.sql"), &params).await?;
        match rows.first().map(|row| row.get("verdict")) {
            Some("settled") => Ok(told(checkout, 200, "paid")),
            Some("mismatch") => {
                let detail = "what was paid is not what was asked: it is being looked into";
                Err(refused("amount_mismatch", detail))
            }
            Some(_) => Ok(told(checkout, 200, "refunding")),
            None => Ok(told(checkout, 202, "pending")),
        }
    }

    /// Signed over the order id of our database: one that the caller brings only says which.
    fn believe(&self, request: &Request, confirm: &Confirm, order: &str) -> Result<(), Failure> {
        let payment = &confirm.razorpay_payment_id;
        let signed = self.gateways.razorpay_key_secrets().is_some_and(|keys| {
            razorpay::verify_checkout(order, payment, &confirm.razorpay_signature, &keys.live(request.now))
        });
        if signed { Ok(()) } else { Err(mismatch()) }
    }
}

/// One answer to an unknown order and a wrong signature.
fn mismatch() -> Failure {
    refused("signature_mismatch", "this was not signed for this order")
}

fn told(checkout: &Checkout, status: u16, stands: &str) -> Answer {
    let body = json!({ "payment": checkout.payment, "order": checkout.order, "status": stands });
    Answer::of(status, "application/json", Body::Json(body))
}
