//! What we ask of Razorpay: one file an object. Requests are JSON, answers are read as events are: only the fields that
//! matter, amounts as exact integers.
mod answer;
mod order;
mod payment;
mod refund;
mod try_key;

pub(crate) use order::payable;
pub use order::{NewOrder, Order, OrderState};
pub use payment::Payment;
pub use refund::{MadeRefund, NewRefund};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::inbox::event::is_provider_id;
use crate::outgoing::{Call, Fault, Line};

/// Items a page, Razorpay's most.
const PAGE: usize = 100;

/// Our line to Razorpay. It has no `Debug`: it holds the key's secret.
#[derive(Clone)]
pub struct Client {
    line: Line,
}

impl Client {
    /// At `base`, with a key's id (`rzp_...`) and its secret.
    pub fn new(base: &str, key_id: &str, key_secret: &str) -> Result<Self, String> {
        let basic = STANDARD.encode(format!("{key_id}:{key_secret}"));
        Ok(Self { line: Line::new(base, key_secret, &format!("Basic {basic}"), answer::error)? })
    }
}

/// A POST of a JSON document.
fn post(path: String, document: &Value) -> Call {
    Call::post(path, "application/json", document.to_string())
}

/// An id that may stand in a path: of this kind, and nothing that leads elsewhere.
fn known<'i>(id: &'i str, kind: &str) -> Result<&'i str, Fault> {
    if is_provider_id(id) && id.starts_with(kind) {
        return Ok(id);
    }
    Err(Fault::not_asked("id_unusable", format!("not an id of Razorpay's that starts with {kind}")))
}

#[cfg(test)]
mod tests;
