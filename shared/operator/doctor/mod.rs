//! Is everything set up as the functions want it, before they are deployed, or when something is odd? By what the
//! environment says: what is missing, what does not fit together, what cannot be reached. Nothing is changed, and no value
//! that is secret is ever said.
mod database;
mod functions;
mod modes;
mod pooler;
mod providers;
mod secrets;

use std::time::SystemTime;

use tokio::time::Instant;

use crate::config::{self, Source};
use crate::secret::held::Held;

pub use functions::{FUNCTIONS, Function};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// Something will not work, or is not safe.
    Problem,
}

impl Level {
    /// `ok`, `warning`, `problem`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Of what: functions, a setting, a provider.
    pub about: String,
    /// What was found, without any value that is secret.
    pub says: String,
    /// What to do about it; empty where nothing is to be done.
    pub remedy: String,
}

impl Finding {
    fn ok(about: impl Into<String>, says: impl Into<String>) -> Self {
        Self { level: Level::Ok, about: about.into(), says: says.into(), remedy: String::new() }
    }

    fn warning(about: impl Into<String>, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Warning, about: about.into(), says: says.into(), remedy: remedy.into() }
    }

    fn problem(about: impl Into<String>, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::warning(about, says, remedy) }
    }
}

/// Which functions are looked at, where their settings are, and when.
pub struct Visit<'a> {
    /// Of [`FUNCTIONS`].
    pub functions: Vec<&'static Function>,
    /// The environment, or a table in a test.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// The time.
    pub now: SystemTime,
    /// No question is waited for longer than until then.
    pub deadline: Instant,
}

/// What the functions read, with what Secrets Manager holds of it.
struct Settings<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    held: Held,
}

impl Settings<'_> {
    /// As the functions read; else every complaint.
    fn read<T>(&self, read: impl FnOnce(&mut Source<'_>) -> Option<T>) -> Result<T, Vec<String>> {
        config::from_both(self.lookup, &self.held, read).map_err(|unusable| unusable.0)
    }

    /// The setting, where it is there and is no secret.
    fn text(&self, name: &str) -> Option<String> {
        self.read(|source| Some(source.optional(name))).ok().flatten()
    }

    /// The secret, wherever it is kept.
    fn secret(&self, name: &str) -> Option<String> {
        self.read(|source| Some(source.secret(name))).ok().flatten()
    }

    /// Is this the laptop's, where nothing is far away?
    fn is_local(&self) -> bool {
        self.read(|source| Some(source.stack())).is_ok_and(|stack| stack.stage == "local")
    }

    /// Is it real money? What cannot be read is said by the functions that read it.
    fn livemode(&self) -> bool {
        self.read(|source| source.parsed("LIVEMODE", false)).unwrap_or(false)
    }
}

/// Looks at all of it, and tells of each thing as it is found.
pub async fn examine(visit: &Visit<'_>, mut tell: impl FnMut(Finding)) {
    let (held, found) = secrets::fetch(visit).await;
    found.into_iter().for_each(&mut tell);
    let settings = Settings { lookup: visit.lookup, held };
    functions::complaints(visit, &settings).into_iter().for_each(&mut tell);
    modes::modes(visit, &settings).into_iter().for_each(&mut tell);
    secrets::shapes(visit, &settings).into_iter().for_each(&mut tell);
    for url in functions::urls(visit, &settings) {
        database::look(visit, &settings, &url).await.into_iter().for_each(&mut tell);
    }
    providers::look(visit, &settings).await.into_iter().for_each(&mut tell);
}
