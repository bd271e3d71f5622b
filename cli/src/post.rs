//! A body on its way to a webhook function: signed now, then posted, or written as the invocation Lambda would make of it.
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payonce::inbox::Provider;
use payonce::{razorpay, stripe};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{http, settings};

/// Razorpay would not wait longer than five; twice that tells a slow answer from none.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Bytes and where they go.
pub(crate) struct Delivery {
    pub(crate) provider: Provider,
    pub(crate) body: Vec<u8>,
    /// Razorpay's `x-razorpay-event-id`.
    pub(crate) event_id: Option<String>,
}

impl Delivery {
    /// The headers the provider would send, the signature made with the current secret.
    fn headers(&self, now: SystemTime) -> Result<Vec<(&'static str, String)>> {
        let secrets = settings::webhook_secrets(self.provider)?;
        let secret = secrets.iter().next().context("the webhook secret is blank: set it")?;
        let mut headers = vec![("content-type", "application/json".to_owned())];
        match self.provider {
            Provider::Stripe => {
                headers.push(("stripe-signature", stripe::sign(&self.body, secret.expose(), now)))
            }
            Provider::Razorpay => {
                headers.push(("x-razorpay-signature", razorpay::sign(&self.body, secret.expose())));
                headers.extend(self.event_id.clone().map(|id| ("x-razorpay-event-id", id)));
            }
        }
        Ok(headers)
    }

    /// The one that `make url` prints, of those that the function answers at.
    fn path(&self) -> String {
        format!("/v1/payments/webhooks/{}", self.provider.name())
    }

    /// Signs and posts it to `url`, or to the provider's function under `FUNCTION_URL_BASE`; prints the answer.
    pub(crate) fn send(&self, url: Option<String>) -> Result<ExitCode> {
        let url = match url {
            Some(url) => url,
            None => {
                let function = settings::function(&format!("{}-webhook", self.provider.name()))?;
                format!("{function}{}", self.path())
            }
        };
        let reply = http::post(&url, &self.headers(SystemTime::now())?, &self.body, ANSWER_WITHIN)?;
        println!("{}", reply.status);
        println!("{}", reply.text.trim_end());
        Ok(if reply.status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The signed invocation of a function URL, payload format 2.0.
    pub(crate) fn invocation(&self, now: SystemTime) -> Result<Value> {
        let unix = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut headers: serde_json::Map<String, Value> =
            self.headers(now)?.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        headers.insert("host".into(), "payonce.lambda-url.local".into());
        // Lambda hands over text as it is and everything else in base64.
        let (body, is_base64) = match String::from_utf8(self.body.clone()) {
            Ok(text) => (text, false),
            Err(_) => (STANDARD.encode(&self.body), true),
        };
        Ok(json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path(),
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "payonce",
                "domainName": "payonce.lambda-url.local",
                "domainPrefix": "payonce",
                "http": {
                    "method": "POST", "path": self.path(), "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "payonce",
                },
                "requestId": Uuid::now_v7().to_string(),
                "routeKey": "$default",
                "stage": "$default",
                "timeEpoch": u64::try_from(unix.as_millis()).unwrap_or_default(),
            },
            "body": body,
            "isBase64Encoded": is_base64,
        }))
    }
}

/// The id such as `provider` gives a PaymentIntent or a Payment: always the same one for the same payment of ours.
pub(crate) fn invented_payment_id(provider: Provider, payment: Uuid) -> String {
    let kind = match provider {
        Provider::Stripe => "pi",
        Provider::Razorpay => "pay",
    };
    format!("{kind}_{}", tail(provider, payment))
}

/// What stands after the `_` in ids invented from `uuid`; Razorpay's have 14 letters there.
pub(crate) fn tail(provider: Provider, uuid: Uuid) -> String {
    let hex = uuid.simple().to_string();
    match provider {
        Provider::Stripe => hex,
        Provider::Razorpay => hex.get(18..).unwrap_or_default().to_owned(),
    }
}
