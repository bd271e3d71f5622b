//! Who may ask, and which refund is the same one again.
//!
//! razorpay.com/docs/api/authentication: basic authentication by key id and secret.
//! razorpay.com/docs/api/refunds/normal-refunds-idempotent: `X-Refund-Idempotency` of 10 characters or more; the same
//! key with another body is a 400, with one still in progress a 409. The refund itself is what a key finds again, so
//! after an answer that got lost, or a failure after the fact, the refund is there.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::objects::{bad_request, refusal, server_error};
use super::{FakeRazorpay, State};
use crate::providers::http::{Answered, Asked, Provider};
use crate::providers::keys::Seen;

impl Provider for State {
    fn begins(&mut self, asked: &Asked) -> Option<Answered> {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", FakeRazorpay::KEY_ID, FakeRazorpay::KEY_SECRET));
        let given = asked.headers.get("authorization").map(|value| value.as_bytes());
        if given != Some(format!("Basic {pair}").as_bytes()) {
            return Some(refusal(401, "NA", None, "Authentication failed"));
        }
        let key = key(asked)?;
        if key.len() < 10 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            return Some(bad_request("input_validation_failed", None, "The idempotency key is not valid"));
        }
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        match self.keys.begin(key, format!("{} {body}", asked.path)) {
            Seen::First => None,
            Seen::Again(first) => Some(first),
            Seen::Other => {
                let description =
                    "Different request with the same idempotency key has already been processed.";
                Some(bad_request("NA", None, description))
            }
            Seen::InProgress => {
                let description = "A request with the same idempotency key is in progress.";
                Some(refusal(409, "NA", None, description))
            }
        }
    }

    fn acts(&mut self, asked: &Asked) -> Answered {
        match self.serve(asked) {
            Ok(body) => Answered::new(200, body),
            Err(refused) => refused.not_begun(),
        }
    }

    fn ends(&mut self, asked: &Asked, effect: &Answered, _answer: &Answered) {
        match key(asked) {
            Some(key) if effect.not_begun => self.keys.free(key),
            Some(key) => self.keys.keep(key, effect),
            None => {}
        }
    }

    fn fails(&self, status: u16) -> Answered {
        if status < 500 { refusal(status, "NA", None, "Request failed") } else { server_error(status) }
    }
}

/// Only refunds know one.
fn key(asked: &Asked) -> Option<&str> {
    let key = asked.headers.get("x-refund-idempotency").filter(|_| asked.path.ends_with("/refund"))?;
    Some(key.to_str().unwrap_or_default())
}
