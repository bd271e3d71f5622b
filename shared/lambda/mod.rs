//! The edge: a function URL's request as Lambda's runtime hands it over, and the answer back.
//!
//! Read by a type of our own rather than lambda_http's: of the payload format 2.0 we need six fields, and a body that
//! claims to be base64 and is not must be a 400, where lambda_http panics.
mod request;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use tokio::time::Instant;

use crate::answer::{Answer, Body};
use crate::db::ANSWER_WITHIN;

pub use request::{Invocation, MAX_BODY_BYTES, Request, Route};

/// Kept free of the platform's own deadline, to send the answer.
const TO_ANSWER: Duration = Duration::from_millis(200);

/// A scheduled function stops by itself after this, where the platform's deadline is not known.
pub const LONGEST_RUN: Duration = Duration::from_secs(60);

/// Serves a function URL until the platform ends the process, each answer within [`ANSWER_WITHIN`].
pub async fn serve<F>(handle: impl Fn(Request) -> F) -> Result<(), lambda_runtime::Error>
where
    F: Future<Output = Answer>,
{
    serve_within(ANSWER_WITHIN, handle).await
}

/// The same, each answer within `longest`: for a function that waits for a provider.
pub async fn serve_within<F>(
    longest: Duration,
    handle: impl Fn(Request) -> F,
) -> Result<(), lambda_runtime::Error>
where
    F: Future<Output = Answer>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Invocation>| async move {
        let until = Instant::now() + time_left(event.context.deadline, SystemTime::now()).min(longest);
        let id = event.context.request_id;
        let answer = match Request::read(event.payload, &id, SystemTime::now(), until) {
            Ok(request) => {
                let head = request.method == "HEAD";
                let answer = handle(request).await;
                if head { answer.without_body() } else { answer }
            }
            Err(failure) => Answer::failed(&id, &failure),
        };
        Ok::<_, lambda_runtime::Error>(Reply::from(answer))
    }))
    .await
}

/// How long a function may still work before the platform ends it. A deadline (unix milliseconds) that is past at the
/// start is one the runtime does not know: cargo-lambda reports 1970.
pub fn time_left(deadline_ms: u64, now: SystemTime) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline_ms);
    deadline.duration_since(now).map_or(Duration::MAX / 2, |left| left.saturating_sub(TO_ANSWER))
}

/// Runs a function until the platform ends the process. Whatever it has to say, a failure to start included, is a line
/// of JSON on stdout.
pub async fn run(function: impl Future<Output = Result<(), lambda_runtime::Error>>) -> ExitCode {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .init();
    // Where, and not what: the message of a panic may quote the text it stumbled over.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(alarm = "panicked", at = panic.location().map(tracing::field::display));
    }));
    match function.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(alarm = "function_ended", %error);
            ExitCode::FAILURE
        }
    }
}

/// An answer in payload format 2.0, with the fields Lambda may leave out and its emulators want.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    headers: BTreeMap<&'static str, Cow<'static, str>>,
    body: String,
    is_base64_encoded: bool,
    cookies: [(); 0],
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        let (body, is_base64_encoded) = match answer.body {
            Body::Json(json) => (json.to_string(), false),
            Body::Text(text) => (text, false),
            Body::Binary(bytes) => (STANDARD.encode(bytes), true),
        };
        Self {
            status_code: answer.status,
            headers: answer.headers.into_iter().collect(),
            body,
            is_base64_encoded,
            cookies: [],
        }
    }
}

#[cfg(test)]
mod tests;
