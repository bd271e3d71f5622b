//! The receipt function in a house, its answers held to its contract.
use std::time::{Duration, SystemTime};

use payonce::answer::Answer;
use payonce::config;
use payonce::db::{ANSWER_WITHIN, Db};
use payonce::lambda::Request;
use payonce::secret::Ring;
use payonce::token::{self, Purpose};
use receipt::{Desk, OPENAPI};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::till::{TOKEN_SECRET, invocation};
use crate::{Checkout, Contract, House};

/// Who hands out receipts in a house.
pub struct Receipts<'h> {
    /// Where.
    pub house: &'h House,
    desk: Desk,
    tokens: Ring,
    contract: Contract,
}

impl<'h> Receipts<'h> {
    /// With the usual settings and these.
    pub fn open(house: &'h House, changes: &[(&str, &str)]) -> Self {
        let usual = [
            ("CHECKOUT_TOKEN_SECRET", TOKEN_SECRET),
            ("DATABASE_POOL_MAX", "10"),
            ("SELLER_NAME", "Varier & Sons"),
            ("SELLER_ADDRESS", "12 MG Road; Kochi 682016"),
            ("SELLER_TAX_ID", "32AAAAA0000A1Z5"),
            ("SELLER_EMAIL", "books@example.com"),
        ];
        let settings = house.settings(&[&usual, changes].concat());
        let value = |name: &str| {
            settings.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.clone())
        };
        let config = config::from(&value, config::Receipt::read).expect("the settings of receipt");
        let db = Db::of(&config.database).expect("a pool");
        Self {
            house,
            tokens: config.tokens.clone(),
            desk: Desk::new(config, db),
            contract: Contract::of(OPENAPI),
        }
    }

    /// A token for the receipt about this, good for two hours of the house's clock.
    pub fn token(&self, about: &str) -> String {
        self.token_for(Purpose::Receipt, about, self.house.now() + Duration::from_secs(7_200))
    }

    /// Any token.
    pub fn token_for(&self, purpose: Purpose, about: &str, until: SystemTime) -> String {
        token::mint(&self.tokens, purpose, about, until).expect("a token")
    }

    /// The receipt about this, as JSON, with a good token.
    pub async fn show(&self, about: &str) -> Answer {
        self.show_as(about, "application/json").await
    }

    /// The same in the form that `accept` asks for.
    pub async fn show_as(&self, about: &str, accept: &str) -> Answer {
        let path = format!("/v1/receipts/{about}?token={}", self.token(about));
        self.call("GET", &path, json!({ "accept": accept })).await
    }

    /// Its mail once more, with a good token.
    pub async fn resend(&self, about: &str, key: &str) -> Answer {
        let path = format!("/v1/receipts/{about}/resend?token={}", self.token(about));
        self.call("POST", &path, json!({ "idempotency-key": key })).await
    }

    /// Any call, by the contract.
    pub async fn call(&self, method: &str, path: &str, headers: Value) -> Answer {
        let answer = self.ask(method, path, headers).await;
        self.contract.holds(method, path, &answer);
        answer
    }

    /// Any call, also one that the contract does not know.
    pub async fn ask(&self, method: &str, path: &str, headers: Value) -> Answer {
        let invocation =
            serde_json::from_value(invocation(method, path, headers, Value::Null)).expect("an invocation");
        let deadline = Instant::now() + ANSWER_WITHIN;
        match Request::read(invocation, "req-test", self.house.now(), deadline) {
            Ok(request) => receipt::handle(&self.desk, request).await,
            Err(failure) => Answer::failed("req-test", &failure),
        }
    }
}

/// By what id a receipt is asked for: the order, or the payment of a top-up.
pub fn about(checkout: &Checkout) -> String {
    if checkout.order.is_empty() { checkout.payment.to_string() } else { checkout.order.clone() }
}
