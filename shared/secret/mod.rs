//! Secrets as rings: the current one and, during a rotation, the previous one, accepted together.
//!
//! A missing or blank secret is an empty ring, and an empty ring verifies nothing. Values are never
//! printed: `Debug` shows versions only.
pub mod held;
pub mod mac;
#[cfg(feature = "secrets-manager")]
pub mod manager;
pub mod vault;

use std::fmt;
use std::time::SystemTime;

/// The live secrets of one name, in the order they are tried.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ring(Vec<Secret>);

/// One secret and the version it is stored under with every event it verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    stage: Stage,
    version: String,
    value: String,
    until: Option<SystemTime>,
}

/// Where a secret stands in its rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The one we sign with.
    Current,
    /// The one before, accepted for a while.
    Previous,
    /// The next one: accepted already, since whoever signs may have it before we promote it.
    Pending,
}

impl Stage {
    /// `current`, `previous`, `pending`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Pending => "pending",
        }
    }
}

impl Ring {
    /// Keeps the secrets that are there, all of them current: a blank one (white space only) could sign anything and is
    /// dropped.
    pub fn new(secrets: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        secrets.into_iter().fold(Self::default(), |ring, (version, value)| {
            let (version, value) = (version.into(), value.into());
            ring.with(Secret { stage: Stage::Current, version, value, until: None })
        })
    }

    /// Adds the previous secret, live up to `until`.
    pub fn with_previous(self, value: String, until: SystemTime) -> Self {
        let version = Stage::Previous.name().into();
        self.with(Secret { stage: Stage::Previous, version, value, until: Some(until) })
    }

    /// Adds a secret, unless it is blank.
    pub fn with(mut self, secret: Secret) -> Self {
        if !secret.value.trim().is_empty() {
            self.0.push(secret);
        }
        self
    }

    /// The secrets that are live at `now`.
    pub fn live(&self, now: SystemTime) -> Self {
        Self(self.0.iter().filter(|secret| secret.until.is_none_or(|until| now < until)).cloned().collect())
    }

    /// The one to sign with.
    pub fn current(&self) -> Option<&Secret> {
        self.0.iter().find(|secret| secret.stage == Stage::Current)
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
    /// One that is kept elsewhere, as the version `id`; live up to `until`.
    pub fn kept(stage: Stage, id: &str, value: String, until: Option<SystemTime>) -> Self {
        Self { stage, version: format!("{}@{id}", stage.name()), value, until }
    }

    /// Under which an event it verified is stored: `current`, `previous`, and for one that Secrets Manager keeps its id
    /// too, `previous@5c1f...`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it stands in its rotation.
    pub fn stage(&self) -> Stage {
        self.stage
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
