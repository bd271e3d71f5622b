//! A function URL's request (payload format 2.0): only what we use of it, and everything of it optional, so that an
//! invocation of any other shape is an unknown path and never dispatched as what it imitates.
use std::collections::HashMap;
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
    headers: HashMap<String, String>,
    /// Raw bytes; at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
    /// When it came.
    pub now: SystemTime,
    /// When the answer must be out.
    pub deadline: Instant,
}

/// Where a request goes.
pub enum Route {
    /// A POST on one of the function's paths.
    Work,
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
        let Invocation { raw_path, headers, request_context, body, is_base64_encoded } = invocation;
        Ok(Self {
            id: id.to_owned(),
            method: request_context.http.method,
            path: raw_path,
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

    /// Where it goes, in a function that works on POSTs to `paths`.
    pub fn route(&self, paths: &[&str]) -> Route {
        match (self.method.as_str(), self.path.as_str()) {
            ("GET", "/v1/meta") => Route::Meta,
            ("GET", "/v1/health") => Route::Health,
            ("POST", path) if paths.contains(&path) => Route::Work,
            (_, path) if paths.contains(&path) => {
                Route::Refused(refused("method_not_allowed", "this path takes POST"))
            }
            _ => Route::Refused(refused("not_found", "no such path")),
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
