//! `POST /v1/checkout`: opens a checkout, once for each Idempotency-Key.
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

use super::quote::columns;
use super::request::{self, NewOrder, Open, TopUp, Wanted, refused};
use super::row::{Checkout, State};
use super::{ANSWER_CHECKOUT_WITHIN, Endpoint, HELD_LONGER};
use crate::answer::{Answer, Body};
use crate::db::Param;
use crate::failure::Failure;
use crate::inbox::Provider;
use crate::lambda::Request;
use crate::order::{OrderId, customer};
use crate::token::{self, Purpose};

/// Shorter, two buyers may choose the same one.
const SHORTEST_KEY: usize = 16;
const LONGEST_KEY: usize = 200;
/// Longer than any answer takes: while it runs, nobody else asks the provider for the same key.
const LEASE: Duration = ANSWER_CHECKOUT_WITHIN.saturating_add(Duration::from_secs(3));

/// A caller's key, as it is stored: a digest of the key, and one of the request it is bound to.
pub(super) struct Key {
    pub(super) scope: &'static str,
    pub(super) key: Vec<u8>,
    request: Vec<u8>,
    locked_until: SystemTime,
}

impl Endpoint {
    /// Opens a checkout, or says again what was opened with this key.
    pub async fn open(&self, request: &Request) -> Result<Answer, Failure> {
        self.admit(request).await?;
        let mut body: Open = request::read(&request.body)?;
        let (provider, wanted) = body.wanted()?;
        if !self.gateways.serves(provider) {
            return Err(refused("not_offered", "this provider is not configured here: take the other one"));
        }
        body.hold_urls_to(provider, &self.config.origins)?;
        let key = Key::of(request, &wanted)?;
        let checkout = match &wanted {
            Wanted::Order(order) => self.open_order(request, &key, provider, order).await?,
            Wanted::TopUp(topup) => self.open_topup(request, &key, provider, topup).await?,
            Wanted::Again(order, token) => self.open_again(request, &key, provider, order, token).await?,
        };
        let checkout = if checkout.state == State::Done {
            checkout
        } else if checkout.money.minor == 0 {
            self.settle_free(request, &checkout).await?
        } else {
            self.at_the_provider(request, &key, checkout, &body).await?
        };
        Ok(self.opened(&checkout))
    }

    async fn open_order(
        &self,
        request: &Request,
        key: &Key,
        provider: Provider,
        order: &NewOrder,
    ) -> Result<Checkout, Failure> {
        let name = order.contact.get("name").map(String::as_str).unwrap_or_default();
        let buyer = customer(&self.db, request.deadline, &order.email, name).await?;
        let (products, variants, quantities) = columns(&order.items);
        let (promo, contact) = (request::promo(order.promo.as_deref()), Json(&order.contact));
        let (id, until) = (OrderId::of(Uuid::now_v7()), request.now + self.config.open_for);
        let hold_until = until + HELD_LONGER;
        let (livemode, provider) = (self.config.expected.livemode, provider.name());
        let wanted: [Param<'_>; 12] = [
            (&provider, Type::TEXT),
            (&livemode, Type::BOOL),
            (&request.now, Type::TIMESTAMPTZ),
            (&until, Type::TIMESTAMPTZ),
            (&hold_until, Type::TIMESTAMPTZ),
            (&id.as_str(), Type::TEXT),
            (&buyer, Type::UUID),
            (&products, Type::TEXT_ARRAY),
            (&variants, Type::TEXT_ARRAY),
            (&quantities, Type::INT8_ARRAY),
            (&promo, Type::TEXT),
            (&contact, Type::JSONB),
        ];
        self.call(request, "open_order", key, &wanted).await
    }

    async fn open_topup(
        &self,
        request: &Request,
        key: &Key,
        provider: Provider,
        topup: &TopUp,
    ) -> Result<Checkout, Failure> {
        if !self.is_service(request) {
            return Err(refused(
                "service_token_invalid",
                "credits are bought through the merchant's backend: x-service-token",
            ));
        }
        let until = request.now + self.config.open_for;
        let (livemode, provider) = (self.config.expected.livemode, provider.name());
        let wanted: [Param<'_>; 6] = [
            (&provider, Type::TEXT),
            (&livemode, Type::BOOL),
            (&request.now, Type::TIMESTAMPTZ),
            (&until, Type::TIMESTAMPTZ),
            (&topup.account, Type::TEXT),
            (&topup.credits, Type::INT8),
        ];
        self.call(request, "open_topup", key, &wanted).await
    }

    async fn open_again(
        &self,
        request: &Request,
        key: &Key,
        provider: Provider,
        order: &OrderId,
        token: &str,
    ) -> Result<Checkout, Failure> {
        if !token::opens(&self.config.tokens, token, Purpose::Receipt, order.as_str(), request.now) {
            return Err(request::not_found());
        }
        let until = request.now + self.config.open_for;
        let hold_until = until + HELD_LONGER;
        let provider = provider.name();
        let wanted: [Param<'_>; 5] = [
            (&provider, Type::TEXT),
            (&request.now, Type::TIMESTAMPTZ),
            (&until, Type::TIMESTAMPTZ),
            (&hold_until, Type::TIMESTAMPTZ),
            (&order.as_str(), Type::TEXT),
        ];
        self.call(request, "open_again", key, &wanted).await
    }

    /// One call of one of the functions that open: the key, a new payment, then what each wants.
    async fn call(
        &self,
        request: &Request,
        function: &str,
        key: &Key,
        wanted: &[Param<'_>],
    ) -> Result<Checkout, Failure> {
        let payment = Uuid::now_v7();
        let mut params: Vec<Param<'_>> = vec![
            (&key.scope, Type::TEXT),
            (&key.key, Type::BYTEA),
            (&key.request, Type::BYTEA),
            (&key.locked_until, Type::TIMESTAMPTZ),
            (&payment, Type::UUID),
        ];
        params.extend(wanted.iter().cloned());
        let given: Vec<String> = (5..=params.len()).map(|n| format!("${n}")).collect();
        let call = format!(
            "payonce_release.{function}(row($1, $2, $3, $4)::payonce_release.caller_key, {})",
            given.join(", ")
        );
        self.one(request.deadline, &call, &params).await?.ok_or_else(request::not_found)
    }

    fn opened(&self, checkout: &Checkout) -> Answer {
        let mut told = checkout.told();
        if let Some(told) = told.as_object_mut() {
            let key_id = self.gateways.razorpay_key_id().filter(|_| checkout.provider == Provider::Razorpay);
            told.insert("key_id".into(), key_id.into());
            told.insert("token".into(), self.token(checkout, Purpose::Receipt, &checkout.about()));
            if self.is_sandbox() && !checkout.livemode {
                let about = checkout.payment.to_string();
                told.insert("sandbox_token".into(), self.token(checkout, Purpose::SandboxPay, &about));
            }
        }
        Answer::of(201, "application/json", Body::Json(told)).with("cache-control", "no-store")
    }
}

impl Key {
    fn of(request: &Request, wanted: &Wanted) -> Result<Self, Failure> {
        let key = request.header("idempotency-key").unwrap_or_default();
        let printable = key.bytes().all(|byte| byte.is_ascii_graphic());
        if !(SHORTEST_KEY..=LONGEST_KEY).contains(&key.len()) || !printable {
            return Err(refused(
                "idempotency_key_missing",
                "a header Idempotency-Key of 16 to 200 characters, a new one for each purchase",
            ));
        }
        Ok(Self {
            scope: if matches!(wanted, Wanted::TopUp(_)) { "topup" } else { "checkout" },
            key: Sha256::digest(key).to_vec(),
            request: Sha256::digest(&request.body).to_vec(),
            locked_until: request.now + LEASE,
        })
    }
}
