//! What we ask of Stripe: one file an object. Requests are forms, answers are read as events are: only the fields that
//! matter, amounts as exact integers.
mod answer;
mod event;
mod payment;
mod price;
mod refund;
mod session;
mod try_key;

pub use event::EventPage;
pub use payment::Payment;
pub use price::Price;
pub use refund::{MadeRefund, NewRefund};
pub use session::{NewSession, Session, SessionState};

use crate::inbox::event::is_provider_id;
use crate::outgoing::{Call, Fault, Line, form};

/// The version every call is made under, whatever the account's default is: the one our samples are of. Its release
/// train (basil) moved fields of invoices and subscriptions, none that is read here.
const VERSION: &str = "2025-03-31.basil";

/// Items a page, Stripe's most.
const PAGE: &str = "100";

/// Our line to Stripe. It has no `Debug`: it holds the secret key.
#[derive(Clone)]
pub struct Client {
    line: Line,
}

impl Client {
    /// At `base`, with a secret or restricted key (`sk_...`, `rk_...`).
    pub fn new(base: &str, secret_key: &str) -> Result<Self, String> {
        let line = Line::new(base, secret_key, &format!("Bearer {secret_key}"), answer::error)?;
        Ok(Self { line: line.with("stripe-version", VERSION) })
    }
}

/// A POST of a form. With a key (at most 255 characters) Stripe takes it once, for 24 hours at least.
fn post(path: String, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Call {
    Call::post(path, "application/x-www-form-urlencoded", form(fields))
}

/// An id that may stand in a path: of one of these kinds, and nothing that leads elsewhere.
fn known<'i>(id: &'i str, kinds: &[&str]) -> Result<&'i str, Fault> {
    if is_provider_id(id) && kinds.iter().any(|kind| id.starts_with(kind)) {
        return Ok(id);
    }
    Err(Fault::not_asked(
        "id_unusable",
        format!("not an id of Stripe's that starts with {}", kinds.join(" or ")),
    ))
}

#[cfg(test)]
mod tests;
