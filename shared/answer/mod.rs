//! The one place where what happened becomes a status, a body and headers.
//!
//! Errors are RFC 9457 problem documents with a stable `code` and the request id; what the house says to itself
//! (`Failure::House`) goes to the log, never to the caller.
mod body;

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::config::Stack;
use crate::db::{migrate, release};
use crate::failure::Failure;
use crate::inbox::{Rejection, Settled, Unreadable};

pub use body::Body;

/// Ask again after so many seconds, with a 503.
const RETRY_AFTER_SECONDS: &str = "5";

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// What it says.
    pub body: Body,
    /// Of a failure, its stable code.
    pub code: Option<&'static str>,
}

impl Answer {
    /// The event is stored, whatever became of it: 200, and the provider may forget it.
    pub fn settled(settled: &Settled) -> Self {
        Self::ok(json!({
            "status": if settled.mine { settled.status.name() } else { "duplicate" },
            "outcome": settled.outcome,
            "event": settled.event_id.to_string(),
        }))
    }

    /// `GET /v1/meta`.
    pub fn meta(stack: &Stack) -> Self {
        Self::ok(json!({
            "app": stack.app_id,
            "stage": stack.stage,
            "version": env!("CARGO_PKG_VERSION"),
            "git_sha": option_env!("GIT_SHA").unwrap_or("unknown"),
            "schema_version": migrate::MIGRATIONS.last().map(|(version, _)| version),
            "functions": release::schema(),
        }))
    }

    /// `GET /v1/health`: the process answers. Asks no database.
    pub fn healthy() -> Self {
        Self::ok(json!({ "status": "ok" }))
    }

    /// A failure, logged here and nowhere else.
    pub fn failed(request_id: &str, failure: &Failure) -> Self {
        match failure {
            Failure::MethodNotAllowed { allow } => {
                let detail = format!("this path takes {allow}");
                tracing::warn!(code = failure.code(), status = 405, request_id, detail);
                let answer = Self::problem(request_id, 405, failure.code(), &detail);
                answer.with("allow", allow.clone())
            }
            Failure::Refused { code, detail } => {
                let status = refusal_status(code);
                if *code == "secret_missing" {
                    tracing::error!(alarm = code, request_id, detail);
                } else {
                    tracing::warn!(code, status, request_id, detail);
                }
                let answer = Self::problem(request_id, status, code, detail);
                match wait_seconds(code) {
                    Some(seconds) => answer.with("retry-after", seconds),
                    None => answer,
                }
            }
            Failure::Event { code, detail } | Failure::House { code, detail } => {
                tracing::error!(alarm = "unavailable", code, request_id, detail);
                Self::problem(request_id, 503, code, "not acknowledged: send the same again")
                    .with("retry-after", RETRY_AFTER_SECONDS)
            }
        }
    }

    /// 200 with a JSON document.
    pub fn ok(body: Value) -> Self {
        Self::of(200, "application/json", Body::Json(body))
    }

    /// 200 with a text that never changes.
    pub fn document(content_type: &'static str, text: &str) -> Self {
        Self::of(200, content_type, Body::Text(text.to_owned()))
    }

    /// Any content.
    pub fn of(status: u16, content_type: &'static str, body: Body) -> Self {
        Self { status, headers: vec![("content-type", content_type.into())], body, code: None }
    }

    /// One more header, in place of any of its name.
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// What a HEAD gets.
    pub fn without_body(self) -> Self {
        Self { body: Body::Text(String::new()), ..self }
    }

    fn problem(request_id: &str, status: u16, code: &'static str, detail: &str) -> Self {
        let title = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let body = json!({
            "type": "about:blank", "title": title, "status": status,
            "code": code, "detail": detail, "request_id": request_id,
        });
        Self { code: Some(code), ..Self::of(status, "application/problem+json", Body::Json(body)) }
    }
}

/// A refusal is a 400, unless its code says otherwise.
fn refusal_status(code: &str) -> u16 {
    match code {
        "service_token_invalid" => 401,
        "not_found" => 404,
        "not_acceptable" => 406,
        "already_paid"
        | "amount_mismatch"
        | "checkout_over"
        | "idempotency_conflict"
        | "idempotency_in_flight"
        | "mismatch_decided"
        | "no_address"
        | "not_in_sandbox"
        | "not_paid_yet"
        | "out_of_stock"
        | "refund_impossible" => 409,
        "body_too_large" => 413,
        "account_suspended"
        | "account_unknown"
        | "amount_not_payable"
        | "amount_out_of_range"
        | "credits_out_of_range"
        | "currencies_mixed"
        | "not_offered"
        | "product_unavailable"
        | "promo_expired"
        | "promo_unknown"
        | "promo_used_up" => 422,
        "rate_limited" => 429,
        "provider_refused" => 502,
        "payments_disabled" | "provider_unavailable" => 503,
        _ => 400,
    }
}

/// After how many seconds the same call may go better.
fn wait_seconds(code: &str) -> Option<&'static str> {
    match code {
        "idempotency_in_flight" => Some("2"),
        "provider_unavailable" => Some("5"),
        "rate_limited" | "payments_disabled" => Some("60"),
        _ => None,
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused { code: rejection.code(), detail: rejection.to_string() }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        Self::Refused { code: unreadable.code(), detail: unreadable.to_string() }
    }
}
