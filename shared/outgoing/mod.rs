//! Calls to providers: one connection pool a provider, a deadline over every call, and for each that brings no answer a
//! [`Fault`] that says what may have happened there.
mod call;
mod connect;
mod fault;
mod put;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use tokio::time::{Instant, sleep_until, timeout_at};

pub use fault::Fault;
pub use put::put;

pub(crate) use call::{Call, form};
#[cfg(feature = "secrets-manager")]
pub(crate) use connect::{Http, client as http};

/// No try waits longer for its answer, whatever the deadline leaves.
const TRY_WITHIN: Duration = Duration::from_secs(4);
/// Tries after the first, of a call that may be repeated.
const MORE_TRIES: u32 = 2;
/// The pause before the second try, at most; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A provider that wants a longer pause gets no further try from this call.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// With less left a try would only make its outcome unknown.
const WORTH_A_TRY: Duration = Duration::from_millis(100);
/// The most an answer may weigh; a page of a hundred events has a few hundred kilobytes.
const MAX_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// What a provider's error says.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) words: String,
    /// Something else was asked under this key before: whatever became of that, this key leads nowhere.
    pub(crate) key_spent: bool,
}

/// A line to one provider. Cloned, it is the same pool. It has no `Debug`: it holds the key.
#[derive(Clone)]
pub(crate) struct Line {
    http: connect::Http,
    base: String,
    headers: HeaderMap,
    secret: String,
    error: fn(&[u8]) -> Option<Said>,
}

/// A try without an answer, and how long its provider wants us to wait, if another may follow.
struct Miss {
    fault: Fault,
    again_after: Option<Duration>,
}

impl Line {
    /// To `base` (`https://api.stripe.com`), with these headers on every call. `secret` is what no detail may quote;
    /// `error` reads the provider's error documents.
    pub(crate) fn new(
        base: &str,
        secret: &str,
        authorization: &str,
        error: fn(&[u8]) -> Option<Said>,
    ) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        let mut authorization =
            HeaderValue::from_str(authorization).map_err(|_| "the key is not one line of text")?;
        authorization.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, authorization);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let agent = concat!("payonce/", env!("CARGO_PKG_VERSION"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        let (base, secret) = (base.trim_end_matches('/').to_owned(), secret.to_owned());
        Ok(Self { http: connect::client()?, base, headers, secret, error })
    }

    /// The same, with one more header on every call.
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// The body of a 2xx answer. A call that may be repeated is tried up to three times before `deadline`.
    pub(crate) async fn send(&self, deadline: Instant, call: &Call) -> Result<Bytes, Fault> {
        let (mut earlier, mut attempt) = (None, 0);
        loop {
            let miss = match self.try_once(deadline, call).await {
                Ok(answer) => return Ok(answer),
                Err(miss) => miss,
            };
            let fault = if call.reads() { miss.fault.of_reading() } else { miss.fault };
            let fault = fault.after(earlier);
            let may_follow = call.repeatable && attempt < MORE_TRIES;
            let Some(wanted) = miss.again_after.filter(|wanted| may_follow && *wanted <= LONGEST_PAUSE)
            else {
                return Err(fault);
            };
            let next = Instant::now() + wanted.max(pause(attempt));
            if next + WORTH_A_TRY > deadline {
                return Err(fault);
            }
            sleep_until(next).await;
            earlier = Some(fault);
            attempt += 1;
        }
    }

    async fn try_once(&self, deadline: Instant, call: &Call) -> Result<Bytes, Miss> {
        let now = Instant::now();
        if now >= deadline {
            return Err(Miss::last(Fault::Unavailable { detail: "no time left to ask".into() }));
        }
        let until = deadline.min(now + TRY_WITHIN);
        let request = self.request(call).map_err(Miss::last)?;
        let answer = match timeout_at(until, self.http.request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                let detail = fault::fit_for_a_log(&fault::explain(&error), &self.secret);
                // Without a connection nothing was sent.
                return Err(Miss::passing(match error.is_connect() {
                    true => Fault::Unavailable { detail },
                    false => Fault::unknown(detail),
                }));
            }
            Err(_) => return Err(Miss::passing(Fault::unknown("no answer in time"))),
        };
        let (head, body) = answer.into_parts();
        let body = timeout_at(until, Limited::new(body, MAX_ANSWER_BYTES).collect()).await;
        let body = match body {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err("the answer broke off, or is too long"),
            Err(_) => Err("the answer did not end in time"),
        };
        match body {
            Ok(body) if head.status.is_success() => Ok(body),
            Err(why) if head.status.is_success() => Err(Miss::passing(Fault::unknown(why))),
            body => Err(self.missed(head.status, &head.headers, &body.unwrap_or_default())),
        }
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, Fault> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(format!("{}{}", self.base, call.path))
            .body(Full::from(call.body.clone()))
            .map_err(|_| Fault::not_asked("request_unusable", "not a URL one can ask"))?;
        request.headers_mut().extend(self.headers.clone());
        request.headers_mut().extend(call.headers.iter().cloned());
        Ok(request)
    }

    /// What an answer that is not a 2xx means.
    fn missed(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Miss {
        let Said { code, words, key_spent } =
            (self.error)(body).unwrap_or_else(|| Said { code: "unreadable".into(), ..Said::default() });
        let code = fault::fit_for_a_log(&code, &self.secret);
        let words = fault::fit_for_a_log(&words, &self.secret);
        let detail = format!("{} {code} {words}", status.as_u16());
        let again_after = Some(retry_after(headers));
        match status.as_u16() {
            // Stripe: another request holds the key (409), or too many (429). Razorpay: the refund is in progress (409).
            409 | 429 => Miss { fault: Fault::Unavailable { detail }, again_after },
            408 => Miss { fault: Fault::unknown(detail), again_after },
            400..=499 if key_spent => Miss::last(Fault::Unknown { detail, answered: true }),
            400..=499 => Miss::last(Fault::Refused { status: status.as_u16(), code, detail: words }),
            500..=599 => Miss { fault: Fault::Unknown { detail, answered: true }, again_after },
            // We follow nobody anywhere else.
            _ => Miss::last(Fault::unknown(detail)),
        }
    }
}

impl Miss {
    fn last(fault: Fault) -> Self {
        Self { fault, again_after: None }
    }

    fn passing(fault: Fault) -> Self {
        Self { fault, again_after: Some(Duration::ZERO) }
    }
}

/// Whole seconds; a date, which no provider sends us, counts as none.
fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

/// Between half of and all the time there is for it, so that many callers do not come back at once.
fn pause(attempt: u32) -> Duration {
    let most = FIRST_PAUSE * 2_u32.saturating_pow(attempt);
    // The standard library's own source of randomness: seeded by the system, good enough to spread.
    let spread = RandomState::new().build_hasher().finish() % 1_024;
    most / 2 + (most / 2) * u32::try_from(spread).unwrap_or(0) / 1_024
}

#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;
