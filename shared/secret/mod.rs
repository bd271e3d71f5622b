//! Secrets as rings: the current one and, during a rotation, the previous one, accepted together.
//!
//! A missing or blank secret is an empty ring, and an empty ring verifies nothing. Values are never
//! printed: `Debug` shows versions only.
pub mod mac;

use std::fmt;
use std::time::SystemTime;

/// The live secrets of one name, in the order they are tried.
#[derive(Clone, Default)]
pub struct Ring(Vec<Secret>);

/// One secret and the version it is stored under with every event it verifies.
#[derive(Clone)]
pub struct Secret {
    version: String,
    value: String,
    until: Option<SystemTime>,
}

impl Ring {
    /// Keeps the secrets that are there: a blank one (white space only) could sign anything and is dropped.
    pub fn new(secrets: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let live = secrets.into_iter().map(|(version, value)| Secret {
            version: version.into(),
            value: value.into(),
            until: None,
        });
        Self(live.filter(|secret| !secret.value.trim().is_empty()).collect())
    }

    /// Adds the previous secret, live up to `until`.
    pub fn with_previous(mut self, value: String, until: SystemTime) -> Self {
        if !value.trim().is_empty() {
            self.0.push(Secret { version: "previous".into(), value, until: Some(until) });
        }
        self
    }

    /// The secrets that are live at `now`.
    pub fn live(&self, now: SystemTime) -> Self {
        Self(self.0.iter().filter(|secret| secret.until.is_none_or(|until| now < until)).cloned().collect())
    }

    /// The one to sign with: of those that have no end, the first.
    pub fn current(&self) -> Option<&Secret> {
        self.0.iter().find(|secret| secret.until.is_none())
    }

    /// No live secret: nothing can be verified.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The live secrets, current first.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter()
    }
}

impl Secret {
    /// Under which an event it verified is stored: `current`, `previous`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The key bytes, as given: never decoded.
    pub fn expose(&self) -> &[u8] {
        self.value.as_bytes()
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Secret::version)).finish()
    }
}
