//! The checkout function, called as a shop front or a merchant's backend calls it.
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use payonce::inbox::Provider;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{http, settings};

/// A little longer than the function itself takes at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The function said no.
#[derive(Debug)]
pub(crate) struct Refused {
    /// May the same call go better?
    passing: bool,
    /// Its stable code.
    pub(crate) code: String,
    /// Its words, and what to do.
    said: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.said)
    }
}

impl std::error::Error for Refused {}

/// What to do about a refusal that its own words do not say.
fn advice(code: &str) -> Option<&'static str> {
    match code {
        "account_unknown" => Some("open one: payonce account open KEY"),
        "service_token_invalid" => Some("SERVICE_TOKEN here has to be the function's"),
        "url_not_allowed" => Some("the first of PUBLIC_ORIGIN_ALLOWLIST here is not on the function's list"),
        "not_in_sandbox" => Some("pay at the provider, or send its event: payonce event pay"),
        "idempotency_conflict" => Some("the same --key is for the same call, word by word"),
        _ => None,
    }
}

/// Posts to a path of the function; its answer, or the [`Refused`] that its problem document tells of.
pub(super) fn call(path: &str, headers: &[(&'static str, String)], body: &Value) -> Result<Value> {
    let url = format!("{}{path}", settings::function("checkout")?);
    let json = ("content-type", "application/json".to_owned());
    let headers: Vec<_> = headers.iter().cloned().chain([json]).collect();
    let reply = http::post(&url, &headers, body.to_string().as_bytes(), ANSWER_WITHIN)?;
    let answer: Value = serde_json::from_str(&reply.text)
        .with_context(|| format!("{url} answers {} and not in JSON: is it checkout?", reply.status))?;
    if reply.status.is_success() {
        return Ok(answer);
    }
    let problem = &answer;
    let said = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    let passing = reply.status.is_server_error() || said("code") == "idempotency_in_flight";
    let mut refused = Refused { passing, code: said("code"), said: said("detail") };
    if refused.code.is_empty() {
        refused.code = reply.status.to_string();
    }
    if let Some(advice) = advice(&refused.code) {
        refused.said = format!("{}\n{advice}", refused.said);
    }
    Err(refused.into())
}

/// Opens a checkout for `what` (`order` or `topup`); a key that is not given is a new one. Where the call may be tried
/// again the refusal says by which key.
pub(crate) fn open(provider: Provider, what: &str, wanted: &Value, key: Option<String>) -> Result<Value> {
    let key = key.unwrap_or_else(|| Uuid::now_v7().to_string());
    let mut headers = vec![("idempotency-key", key.clone())];
    if what == "topup" {
        headers.push(("x-service-token", settings::read(|source| source.required_secret("SERVICE_TOKEN"))?));
    }
    let mut body = json!({ "provider": provider.name(), what: wanted });
    if let (Some(origin), Some(fields)) = (origin(provider)?, body.as_object_mut()) {
        fields.insert("success_url".into(), format!("{origin}/").into());
    }
    call("/v1/checkout", &headers, &body).map_err(|error| match error.downcast::<Refused>() {
        Ok(refused) if !refused.passing => refused.into(),
        Ok(refused) => anyhow!("{refused}\nto go on from here:  --key {key}"),
        // It may have been opened all the same.
        Err(error) => anyhow!("{error:#}\nto go on from here:  --key {key}"),
    })
}

/// Where the buyer is sent back to; Stripe cannot do without.
fn origin(provider: Provider) -> Result<Option<String>> {
    settings::read(|source| {
        let listed = match provider {
            Provider::Stripe => Some(source.required("PUBLIC_ORIGIN_ALLOWLIST")?),
            Provider::Razorpay => source.optional("PUBLIC_ORIGIN_ALLOWLIST"),
        };
        Some(listed.and_then(|listed| listed.split(',').next().map(|first| first.trim().to_owned())))
    })
}
