//! Who may ask, and which request is the same one again.
//!
//! docs.stripe.com/api/authentication: the secret key as the user of basic authentication, or as a bearer token.
//! docs.stripe.com/api/idempotent_requests: the first result stays under its key, a 500 too; other parameters are an
//! error; of what fails validation, or meets the first one still at work, nothing is kept.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;

use super::objects::{VERSION, error};
use super::{FakeStripe, State};
use crate::providers::form::Form;
use crate::providers::http::{Answered, Asked, Provider};
use crate::providers::keys::Seen;
use crate::providers::new_id;

impl Provider for State {
    fn begins(&mut self, asked: &Asked) -> Option<Answered> {
        if let Err(refused) = authenticated(asked) {
            return Some(with_headers(asked, refused));
        }
        let key = key(asked)?;
        if key.len() > 255 {
            let message = "Idempotency keys have at most 255 characters";
            return Some(with_headers(asked, error(400, "invalid_request_error", None, None, message)));
        }
        let parameters = format!("{} {}", asked.path, Form::read(&asked.body).canonical());
        let answer = match self.keys.begin(key, parameters) {
            Seen::First => return None,
            Seen::Again(mut first) => {
                first.headers.push(("idempotent-replayed", "true".into()));
                return Some(first);
            }
            Seen::Other => {
                let message = "Keys for idempotent requests can only be used with the parameters they were first used with.";
                error(400, "idempotency_error", None, None, message)
            }
            Seen::InProgress => {
                let message = "Another request with this idempotency key is still in progress.";
                error(409, "idempotency_error", Some("idempotency_key_in_use"), None, message)
            }
        };
        Some(with_headers(asked, answer))
    }

    fn acts(&mut self, asked: &Asked) -> Answered {
        let answer = match self.serve(asked) {
            Ok(body) => Answered::new(200, body),
            Err(refused) => refused,
        };
        with_headers(asked, answer)
    }

    fn ends(&mut self, asked: &Asked, effect: &Answered, answer: &Answered) {
        match key(asked) {
            Some(key) if effect.not_begun => self.keys.free(key),
            Some(key) => self.keys.keep(key, answer),
            None => {}
        }
    }

    fn fails(&self, status: u16) -> Answered {
        let (kind, code) = match status {
            429 => ("invalid_request_error", Some("rate_limit")),
            400..500 => ("invalid_request_error", None),
            _ => ("api_error", None),
        };
        error(status, kind, code, None, "An unknown error occurred")
    }
}

/// The key of a POST; other methods need none, and theirs is ignored.
fn key(asked: &Asked) -> Option<&str> {
    let key = asked.headers.get("idempotency-key").filter(|_| asked.method == Method::POST)?;
    key.to_str().ok()
}

fn authenticated(asked: &Asked) -> Result<(), Answered> {
    let given = asked.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let basic =
        |text: &str| BASE64_STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let key = match given.split_once(' ') {
        Some(("Bearer", key)) => key.to_owned(),
        Some(("Basic", pair)) => basic(pair).unwrap_or_default().trim_end_matches(':').to_owned(),
        _ => return Err(error(401, "invalid_request_error", None, None, "You did not provide an API key.")),
    };
    if key == FakeStripe::KEY {
        Ok(())
    } else {
        Err(error(401, "invalid_request_error", None, None, "Invalid API Key provided"))
    }
}

/// What every answer of Stripe carries.
fn with_headers(asked: &Asked, mut answer: Answered) -> Answered {
    let version =
        asked.headers.get("stripe-version").and_then(|value| value.to_str().ok()).unwrap_or(VERSION);
    answer.headers.push(("request-id", new_id("req", 14)));
    answer.headers.push(("stripe-version", version.to_owned()));
    if let Some(key) = key(asked) {
        answer.headers.push(("idempotency-key", key.to_owned()));
    }
    answer
}
