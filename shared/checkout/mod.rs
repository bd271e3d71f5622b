//! Checkout: from a basket to a provider's page, and what a buyer may ask on the way.
//!
//! Each creating call is intent, call, result: key, price, order, holds and payment in one commit; then the provider, with a
//! key that never changes; then what it answered. Whoever dies in between, the caller's next try goes on from there, and the
//! provider is asked what it knows before anything is made again. Money itself takes effect by `fulfilment` alone.
mod admission;
mod answered;
mod confirm;
mod expiry;
mod open;
mod quote;
mod request;
mod row;
mod sandbox;

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::answer::Answer;
use crate::config::{self, PaymentsMode};
use crate::db::{ANSWER_WITHIN, Db, Param, release};
use crate::failure::Failure;
use crate::gateway::Gateways;
use crate::inbox::Provider;
use crate::lambda::Request;
use crate::order::OrderId;
use crate::token::{self, Purpose};
use row::Checkout;

pub use expiry::{close_siblings, expire_due, forget_old};

/// A checkout's whole answer: two providers' tries and a few calls of the database.
pub const ANSWER_CHECKOUT_WITHIN: Duration = Duration::from_secs(12);
/// Kept free of the provider's time, to record what it said.
const TO_RECORD: Duration = Duration::from_secs(2);
/// What is held is held so much longer than the provider's page is open: a buyer may press pay in its last second.
const HELD_LONGER: Duration = Duration::from_secs(5 * 60);
/// A token opens so much longer than its checkout is open.
const TOKEN_LONGER: Duration = Duration::from_secs(2 * 60 * 60);

/// The function's wiring, ready for requests.
pub struct Endpoint {
    /// The database.
    pub db: Db,
    config: config::Checkout,
    gateways: Gateways,
}

impl Endpoint {
    /// From its configuration, whose database `db` is. The only error: an unusable key or base URL.
    pub fn new(config: config::Checkout, db: Db) -> Result<Self, String> {
        let gateways = Gateways::new(&config.gateway)?;
        Ok(Self { db, config, gateways })
    }

    fn is_sandbox(&self) -> bool {
        self.config.gateway.mode == PaymentsMode::Sandbox
    }

    /// Whose stack this is, for `GET /v1/meta`.
    pub fn stack(&self) -> &config::Stack {
        &self.config.stack
    }

    /// `GET /v1/checkout/{order or payment}?token=`: how it stands, for who holds its token.
    pub async fn show(&self, request: &Request) -> Result<Answer, Failure> {
        let token = request.query("token").unwrap_or_default();
        let wanted = Named::quoted(request.segment(2)).ok_or_else(request::not_found)?;
        if !token::opens(&self.config.tokens, &token, Purpose::Receipt, &wanted.about(), request.now) {
            return Err(request::not_found());
        }
        let found = self.find(request.deadline, &wanted).await?.ok_or_else(request::not_found)?;
        Ok(Answer::ok(found.standing()).with("cache-control", "no-store"))
    }

    /// The newest payment of what is named.
    async fn find(&self, deadline: Instant, wanted: &Named) -> Result<Option<Checkout>, Failure> {
        self.find_at(deadline, wanted, None, None).await
    }

    /// The same, at this provider and with this order of its own where they are given.
    async fn find_at(
        &self,
        deadline: Instant,
        wanted: &Named,
        provider: Option<Provider>,
        provider_order: Option<&str>,
    ) -> Result<Option<Checkout>, Failure> {
        let (order, payment) = match wanted {
            Named::Order(order) => (Some(order.as_str()), None),
            Named::Payment(payment) => (None, Some(*payment)),
        };
        let provider = provider.map(Provider::name);
        let params: [Param<'_>; 4] = [
            (&payment, Type::UUID),
            (&order, Type::TEXT),
            (&provider, Type::TEXT),
            (&provider_order, Type::TEXT),
        ];
        self.one(deadline, "payonce_release.find_checkout($1, $2, $3, $4)", &params).await
    }

    /// The checkout that the SQL function returns, called so; none where it returns no row.
    async fn one(
        &self,
        deadline: Instant,
        call: &str,
        params: &[Param<'_>],
    ) -> Result<Option<Checkout>, Failure> {
        let sql = release::sql(&format!("select {} from {call} c", row::COLUMNS));
        let rows = self.db.query(deadline.min(Instant::now() + ANSWER_WITHIN), &sql, params).await?;
        rows.first().map(Checkout::read).transpose()
    }

    /// The token that opens a checkout's status and receipt: always the same one for the same checkout.
    fn token(&self, checkout: &Checkout, purpose: Purpose, about: &str) -> Value {
        token::mint(&self.config.tokens, purpose, about, checkout.expires_at + TOKEN_LONGER).into()
    }
}

/// What a caller names a checkout by.
enum Named {
    Order(OrderId),
    Payment(Uuid),
}

impl Named {
    fn quoted(text: &str) -> Option<Self> {
        OrderId::quoted(text).map(Self::Order).or_else(|| text.parse().ok().map(Self::Payment))
    }

    fn about(&self) -> String {
        match self {
            Self::Order(order) => order.to_string(),
            Self::Payment(payment) => payment.to_string(),
        }
    }
}
