//! What a provider is asked once the intent is committed, and what of its answer is kept.
use tokio::time::Instant;
use tokio_postgres::types::Type;

use super::open::Key;
use super::request::{Open, refused};
use super::row::{Checkout, State};
use super::{Endpoint, TO_RECORD};
use crate::db::ANSWER_WITHIN;
use crate::failure::Failure;
use crate::fulfilment;
use crate::gateway::{Ask, Fault};
use crate::inbox::event::PaymentRef;
use crate::inbox::own::{self, Learnt, News};
use crate::lambda::Request;

impl Endpoint {
    /// Asks the provider to open it. On a fault the caller's key is free again at once: who comes back goes on from here, also
    /// when it was our key that was refused. What was refused for itself is over.
    pub(super) async fn at_the_provider(
        &self,
        request: &Request,
        key: &Key,
        checkout: Checkout,
        body: &Open,
    ) -> Result<Checkout, Failure> {
        if checkout.livemode != self.config.expected.livemode {
            return Err(over()); // made before this stack was switched
        }
        let title = match &checkout.order {
            Some(order) => format!("Order {order}"),
            None => "Credits".to_owned(),
        };
        let ask = Ask {
            payment: checkout.payment,
            faulted: checkout.faulted,
            stack: &self.config.expected.stack,
            money: checkout.money,
            title: &title,
            email: checkout.email.as_deref(),
            success_url: body.success_url.as_deref(),
            cancel_url: body.cancel_url.as_deref(),
            expires_at: checkout.expires_at,
            created_at: checkout.created_at,
        };
        let (until, resumed) = (request.deadline - TO_RECORD, checkout.state == State::Resumed);
        match self.gateways.open(until, checkout.provider, &ask, resumed).await {
            Ok(opened) => self.record(checkout, opened.provider_order, opened.url, request).await,
            Err(fault) if fault.is_about_the_request() => {
                self.close(request, &checkout).await?;
                let told = unavailable(&checkout, fault);
                // Too late for what the provider did not answer in time, or it would have said so the first time.
                Err(if resumed { over() } else { told })
            }
            Err(fault) => {
                self.record_fault(key, &checkout, &fault).await;
                Err(unavailable(&checkout, fault))
            }
        }
    }

    async fn record(
        &self,
        mut checkout: Checkout,
        provider_order: String,
        url: Option<String>,
        request: &Request,
    ) -> Result<Checkout, Failure> {
        let rows = self
            .db
            .query(
                Instant::now() + TO_RECORD,
                include_str!("record_opened.sql"),
                &[
                    (&checkout.payment, Type::UUID),
                    (&provider_order, Type::TEXT),
                    (&url, Type::TEXT),
                    (&request.now, Type::TIMESTAMPTZ),
                ],
            )
            .await?;
        if rows.is_empty() {
            let detail = format!("payment {} is another order of its provider already", checkout.payment);
            return Err(Failure::House { code: "provider_order_differs", detail });
        }
        checkout.provider_order = Some(provider_order);
        checkout.provider_url = url.or(checkout.provider_url);
        Ok(checkout)
    }

    /// What its provider will never open holds nothing back from the buyer's next try.
    async fn close(&self, request: &Request, checkout: &Checkout) -> Result<(), Failure> {
        let of = PaymentRef { mark: Some(checkout.payment), ..PaymentRef::default() };
        let (learnt, created) = (Learnt::Answered, checkout.created_at);
        let event = own::own(learnt, checkout.provider, checkout.livemode, &of, &News::Expired, created)?;
        let deadline = Instant::now() + TO_RECORD;
        fulfilment::receive(&self.db, &event, self.config.retry, request.now, deadline).await?;
        Ok(())
    }

    /// When even this fails, the key's lease runs out by itself.
    async fn record_fault(&self, key: &Key, checkout: &Checkout, fault: &Fault) {
        let definite = i16::from(matches!(fault, Fault::Unknown { answered: true, .. }));
        let _ = self
            .db
            .query(
                Instant::now() + TO_RECORD,
                include_str!("record_fault.sql"),
                &[
                    (&key.scope, Type::TEXT),
                    (&key.key, Type::BYTEA),
                    (&checkout.payment, Type::UUID),
                    (&definite, Type::INT2),
                ],
            )
            .await;
    }

    /// Nothing to pay: no provider is asked, and it is paid by the one door all money enters by.
    pub(super) async fn settle_free(
        &self,
        request: &Request,
        checkout: &Checkout,
    ) -> Result<Checkout, Failure> {
        let free = format!("free_{}", checkout.payment.simple());
        self.settle(request, checkout, Learnt::Free, &free, &free).await?;
        let named = super::Named::Payment(checkout.payment);
        let settled = self.find(request.deadline, &named).await?;
        // What could not be applied yet is not opened: the same key settles it again.
        settled.filter(|settled| settled.provider_order.is_some()).ok_or_else(|| Failure::House {
            code: "no_answer",
            detail: format!("free payment {} is not settled yet", checkout.payment),
        })
    }

    /// The whole price of `checkout` arrived, as we learnt otherwise than by a webhook.
    pub(super) async fn settle(
        &self,
        request: &Request,
        checkout: &Checkout,
        learnt: Learnt,
        provider_order: &str,
        provider_payment: &str,
    ) -> Result<crate::inbox::Settled, Failure> {
        let of = checkout.reference(provider_order, provider_payment);
        let news = News::Captured(checkout.money);
        let event = own::own(learnt, checkout.provider, checkout.livemode, &of, &news, checkout.created_at)?;
        let deadline = request.deadline.min(Instant::now() + ANSWER_WITHIN);
        fulfilment::receive(&self.db, &event, self.config.retry, request.now, deadline).await
    }
}

fn over() -> Failure {
    refused(
        "checkout_over",
        "this checkout was not opened in time: begin a new one, with a new Idempotency-Key",
    )
}

/// What the caller is told. The provider's own words go to the log.
fn unavailable(checkout: &Checkout, fault: Fault) -> Failure {
    let provider = checkout.provider.name();
    match fault {
        Fault::Refused { status, code, detail } => {
            tracing::error!(alarm = "provider_refused", provider, status, code, detail, payment = %checkout.payment);
            if code == "amount_not_payable" {
                return refused(
                    "amount_not_payable",
                    "this provider cannot collect such an amount: take the other one",
                );
            }
            refused(
                "provider_refused",
                "the payment provider refused to open this checkout: the same call goes on from here, or says that it is over",
            )
        }
        fault => {
            tracing::error!(alarm = "provider_unavailable", provider, %fault, payment = %checkout.payment);
            refused(
                "provider_unavailable",
                "the payment provider does not answer: try again with the same Idempotency-Key",
            )
        }
    }
}
