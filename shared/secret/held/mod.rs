//! What Secrets Manager held when it was last asked: a ring a name.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::endpoint::EndpointSecret;
use super::{Ring, Secret, Stage};

/// At most so long before the overlap ends, an endpoint that was replaced is to be switched off: between then and the end
/// are two runs of what does it, and the last deliveries.
const OFF_BEFORE: Duration = Duration::from_secs(30 * 60);

/// A ring for each name that is kept in Secrets Manager; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(BTreeMap<&'static str, Kept>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    ring: Ring,
    replaced: Option<Replaced>,
    key_id: Option<String>,
}

/// The endpoint whose place the current secret's took: it signs with the previous secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// `we_...`
    pub endpoint: String,
    /// From then on it is to deliver nothing: soon its secret is not accepted any more.
    pub off_from: SystemTime,
}

/// One version of a secret, as it is kept.
#[derive(Clone)]
pub struct Version {
    /// Where it stands.
    pub stage: Stage,
    /// Secrets Manager's id of it.
    pub id: String,
    /// What is kept: the secret itself, or a document that holds it.
    pub text: String,
    /// When it was put there.
    pub created: SystemTime,
}

impl Held {
    /// Adds the versions of `name`. The previous one is accepted for `overlap` from the making of the current one: until
    /// then whoever signs may not have heard of it. No overlap: for as long as it is the previous one.
    pub fn with(mut self, name: &'static str, versions: Vec<Version>, overlap: Option<Duration>) -> Self {
        let current = versions.iter().find(|version| version.stage == Stage::Current);
        let until = current.zip(overlap).map(|(current, overlap)| current.created + overlap);
        let replaced = current.zip(overlap).and_then(|(current, overlap)| {
            let endpoint = EndpointSecret::read(&current.text).replaces?;
            let off_from = current.created + (overlap - OFF_BEFORE.min(overlap / 4));
            Some(Replaced { endpoint, off_from })
        });
        let key_id = current.and_then(|current| key_id(&current.text));
        let ring = versions.into_iter().fold(Ring::default(), |ring, version| {
            let until = until.filter(|_| version.stage == Stage::Previous);
            ring.with(Secret::kept(version.stage, &version.id, plain(version.text), until))
        });
        self.0.insert(name, Kept { ring, replaced, key_id });
        self
    }

    /// The ring of `name`; none where it was not asked for.
    pub fn ring(&self, name: &str) -> Option<&Ring> {
        self.0.get(name).map(|kept| &kept.ring)
    }

    /// The endpoint that the current secret of `name` replaced, where that is written down.
    pub fn replaced(&self, name: &str) -> Option<&Replaced> {
        self.0.get(name)?.replaced.as_ref()
    }

    /// The id of the key `name`, where it is kept with its secret.
    pub fn key_id(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.key_id.as_deref()
    }

    /// What `name` is now; none where it has no value.
    pub fn current(&self, name: &str) -> Option<String> {
        let secret = self.ring(name)?.current()?;
        Some(String::from_utf8_lossy(secret.expose()).into_owned())
    }

    /// All of `newer` in place of what is here under the same names.
    pub fn and(mut self, newer: Self) -> Self {
        self.0.extend(newer.0);
        self
    }
}

/// The secret itself. A document holds it as `secret`, with what else belongs to it (an endpoint's id), or as `key_secret`,
/// with its `key_id`; or is what RDS writes when it rotates a login: `{"username", "password", "host", "port", "dbname"}`.
pub fn plain(text: String) -> String {
    let Ok(Value::Object(document)) = serde_json::from_str(&text) else { return text };
    let field = |name: &str| document.get(name).and_then(Value::as_str);
    if let Some(secret) = field("secret").or_else(|| field("key_secret")) {
        return secret.to_owned();
    }
    let (Some(user), Some(password), Some(host)) = (field("username"), field("password"), field("host"))
    else {
        return text;
    };
    let port = document.get("port").map_or_else(|| "5432".into(), |port| port.to_string().replace('"', ""));
    let name = field("dbname").unwrap_or("postgres");
    format!("postgres://{}:{}@{host}:{port}/{}", encoded(user), encoded(password), encoded(name))
}

/// The id that a document keeps with a key of Razorpay's, whose new key has a new one:
/// `{"key_id": "rzp_...", "key_secret": "..."}`.
pub fn key_id(text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let id = document.get("key_id")?.as_str()?.trim();
    (!id.is_empty()).then(|| id.to_owned())
}

/// As a URL wants it: every byte that is no letter, digit or `-_.~` as `%XX`.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

#[cfg(test)]
mod tests;
