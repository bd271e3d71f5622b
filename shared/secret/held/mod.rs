//! What Secrets Manager held when it was last asked: a ring a name.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{Ring, Secret, Stage};

/// A ring for each name that is kept in Secrets Manager; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(BTreeMap<&'static str, Ring>);

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
    /// then whoever signs may not have heard of it.
    pub fn with(mut self, name: &'static str, versions: Vec<Version>, overlap: Duration) -> Self {
        let current = versions.iter().find(|version| version.stage == Stage::Current);
        let until = current.map(|current| current.created + overlap);
        let ring = versions.into_iter().fold(Ring::default(), |ring, version| {
            let until = until.filter(|_| version.stage == Stage::Previous);
            ring.with(Secret::kept(version.stage, &version.id, plain(version.text), until))
        });
        self.0.insert(name, ring);
        self
    }

    /// The ring of `name`; none where it was not asked for.
    pub fn ring(&self, name: &str) -> Option<&Ring> {
        self.0.get(name)
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

/// The secret itself. A document holds it as `secret`, with what else belongs to it (an endpoint's id); or is what RDS
/// writes when it rotates a login: `{"username", "password", "host", "port", "dbname"}`.
pub fn plain(text: String) -> String {
    let Ok(Value::Object(document)) = serde_json::from_str(&text) else { return text };
    let field = |name: &str| document.get(name).and_then(Value::as_str);
    if let Some(secret) = field("secret") {
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
