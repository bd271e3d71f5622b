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
use serde_json::Value;
use tokio::time::Instant;

use crate::answer::{Answer, Body};
use crate::config::Source;
use crate::db::{ANSWER_WITHIN, Db};
use crate::failure::Failure;
use crate::wiring::Wiring;

pub use request::{Invocation, MAX_BODY_BYTES, Request, Route};

/// Kept free of the platform's own deadline, to send the answer.
const TO_ANSWER: Duration = Duration::from_millis(200);

/// A scheduled function stops by itself after this, where the platform's deadline is not known.
const LONGEST_RUN: Duration = Duration::from_secs(60);

/// A function's parts, wired from its configuration: see [`Wiring::open`].
pub async fn wired<C, T>(
    urls: &'static [&'static str],
    read: fn(&mut Source<'_>) -> Option<C>,
    wire: fn(C, Db) -> Result<T, String>,
) -> Result<Wiring<C, T>, lambda_runtime::Error> {
    Wiring::open(SystemTime::now(), urls, read, wire).await
}

/// Serves a function URL until the platform ends the process, each answer within [`ANSWER_WITHIN`].
pub async fn serve<C, T>(
    wiring: &Wiring<C, T>,
    handle: impl AsyncFn(&T, Request) -> Answer,
) -> Result<(), lambda_runtime::Error> {
    serve_within(ANSWER_WITHIN, wiring, handle).await
}

/// The same, each answer within `longest`: for a function that waits for a provider.
pub async fn serve_within<C, T>(
    longest: Duration,
    wiring: &Wiring<C, T>,
    handle: impl AsyncFn(&T, Request) -> Answer,
) -> Result<(), lambda_runtime::Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Invocation>| async move {
        let until = Instant::now() + time_left(event.context.deadline, SystemTime::now()).min(longest);
        let id = event.context.request_id;
        let answer = match Request::read(event.payload, &id, SystemTime::now(), until) {
            Ok(request) => {
                let head = request.method == "HEAD";
                // Boxed: so the compiler measures one tower of calls at a time.
                let work = async |parts: &T| Box::pin(handle(parts, request.clone())).await;
                let answer = wiring.with(request.now, work, |answer| answer.code).await;
                let answer = answer.unwrap_or_else(|failure| Answer::failed(&id, &failure));
                if head { answer.without_body() } else { answer }
            }
            Err(failure) => Answer::failed(&id, &failure),
        };
        Ok::<_, lambda_runtime::Error>(Reply::from(answer))
    }))
    .await
}

/// Runs at each event of a schedule, which says nothing we need, until the platform ends the process. `work` stops by itself
/// at the instant it is given.
pub async fn run_when_due<C, T>(
    wiring: &Wiring<C, T>,
    work: impl AsyncFn(&T, Instant) -> Result<Value, Failure>,
) -> Result<(), lambda_runtime::Error> {
    let work = &work;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let now = SystemTime::now();
        let until = Instant::now() + time_left(event.context.deadline, now).min(LONGEST_RUN);
        let run = async |parts: &T| Box::pin(work(parts, until)).await;
        let code = |ran: &Result<Value, Failure>| ran.as_ref().err().map(Failure::code);
        Ok::<_, lambda_runtime::Error>(wiring.with(now, run, code).await??)
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
