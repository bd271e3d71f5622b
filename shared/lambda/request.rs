//! A function URL's request (payload format 2.0): only what we use of it, and everything of it optional, so that an
//! invocation of any other shape is an unknown path and never dispatched as what it imitates.
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::Instant;

use crate::failure::Failure;

/// Providers' events are a few KB; four times the largest ever documented.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What Lambda hands over.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Invocation {
    raw_path: String,
    /// Null where cargo-lambda has none.
    raw_query_string: Option<String>,
    headers: HashMap<String, String>,
    request_context: RequestContext,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Http {
    method: String,
    #[serde(rename = "sourceIp")]
    source_ip: Option<String>,
}

/// A request, its body as the bytes that were signed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The platform's id of this invocation.
    pub id: String,
    /// Upper case.
    pub method: String,
    /// With its leading slash.
    pub path: String,
    query: String,
    /// The peer as the platform saw it; `x-forwarded-for` is anybody's writing.
    pub source_ip: Option<IpAddr>,
    headers: HashMap<String, String>,
    /// Raw bytes; at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
    /// When it came.
    pub now: SystemTime,
    /// When the answer must be out.
    pub deadline: Instant,
}

/// Where a request goes, in a function whose calls are `T`.
pub enum Route<T> {
    /// One of the function's own calls.
    Call(T),
    /// `GET /v1/meta`.
    Meta,
    /// `GET /v1/health`.
    Health,
    /// Nowhere: 404 or 405.
    Refused(Failure),
}

impl Request {
    /// Decodes an invocation; the body may be too large, or not the base64 it claims to be.
    pub fn read(
        invocation: Invocation,
        id: &str,
        now: SystemTime,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        let Invocation { raw_path, raw_query_string, headers, request_context, body, is_base64_encoded } =
            invocation;
        Ok(Self {
            id: id.to_owned(),
            method: request_context.http.method,
            path: raw_path,
            query: raw_query_string.unwrap_or_default(),
            source_ip: request_context.http.source_ip.and_then(|ip| ip.parse().ok()),
            headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body: decode(body.unwrap_or_default(), is_base64_encoded)?,
            now,
            deadline,
        })
    }

    /// The header's value; function URLs join repeated ones by a comma.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The part of the path after its `n`th slash, as written: `segment(2)` of `/v1/receipts/ORD-1` is `ORD-1`.
    pub fn segment(&self, n: usize) -> &str {
        self.path.split('/').nth(n + 1).unwrap_or_default()
    }

    /// Where it goes, in a function whose calls are these: method, path, and what to do. `{}` in a path stands for one
    /// segment that is not empty. HEAD goes where GET goes.
    pub fn route<'p, T>(&self, calls: impl IntoIterator<Item = (&'p str, &'p str, T)>) -> Route<T> {
        let method = if self.method == "HEAD" { "GET" } else { self.method.as_str() };
        match (method, self.path.as_str()) {
            ("GET", "/v1/meta") => return Route::Meta,
            ("GET", "/v1/health") => return Route::Health,
            _ => {}
        }
        let mut allow: Vec<&str> = Vec::new();
        for (takes, path, call) in calls {
            if !fits(path, &self.path) {
                continue;
            }
            if takes == method {
                return Route::Call(call);
            }
            allow.push(takes);
        }
        Route::Refused(match allow.as_slice() {
            [] => refused("not_found", "no such path"),
            _ => Failure::MethodNotAllowed { allow: allow.join(", ") },
        })
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("{}"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

fn decode(body: String, is_base64: bool) -> Result<Bytes, Failure> {
    let too_large = || refused("body_too_large", "at most 1 MiB");
    // Four letters carry three bytes: refuse before decoding what could not fit.
    let most_letters = if is_base64 { MAX_BODY_BYTES.div_ceil(3) * 4 } else { MAX_BODY_BYTES };
    if body.len() > most_letters {
        return Err(too_large());
    }
    if !is_base64 {
        return Ok(body.into());
    }
    let bytes = STANDARD
        .decode(body)
        .map_err(|_| refused("body_not_base64", "the body is not the base64 it claims to be"))?;
    if bytes.len() > MAX_BODY_BYTES { Err(too_large()) } else { Ok(bytes.into()) }
}

fn refused(code: &'static str, detail: &str) -> Failure {
    Failure::Refused { code, detail: detail.into() }
}
