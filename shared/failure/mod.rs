//! What went wrong, and so what to do next: refuse it, record it for a retry, or let the provider bring it again.
//!
//! Mapped to an answer in one place ([`crate::answer`]), logged once, where it is mapped.
mod refusal;

use tokio_postgres::error::DbError;

use crate::db;

pub use refusal::REFUSALS;

/// A failure, by whose it is.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The caller's: it gets a 4xx and may mend its request.
    #[error("{code}: {detail}")]
    Refused {
        /// Stable, machine-readable.
        code: &'static str,
        /// For a person; never holds a secret, a signature or a body.
        detail: String,
    },
    /// The caller's: the path is right and the method is not.
    #[error("method_not_allowed: this path takes {allow}")]
    MethodNotAllowed {
        /// What it takes, as the header `allow` says it.
        allow: String,
    },
    /// The event's own: recorded with it, retried by us, dead after some attempts.
    #[error("{code}: {detail}")]
    Event {
        /// Stable, machine-readable.
        code: &'static str,
        /// The database's words.
        detail: String,
    },
    /// The house's: nothing is recorded, the answer is 503 and the provider brings it again.
    #[error("{code}: {detail}")]
    House {
        /// Stable, machine-readable.
        code: &'static str,
        /// For the log, never for the caller.
        detail: String,
    },
}

impl Failure {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Refused { code, .. } | Self::Event { code, .. } | Self::House { code, .. } => code,
        }
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        let house = |code, detail: &dyn ToString| Self::House { code, detail: detail.to_string() };
        match error {
            db::Error::Deadline => house("deadline", &error),
            db::Error::LoginRefused(_) => house("database_login_refused", &error),
            db::Error::OfAnotherStack(_) => house("database_of_another_stack", &error),
            db::Error::Unreachable(_) => house("database_unreachable", &error),
            db::Error::Call(ref cause) => match cause.as_db_error() {
                None => house("database_connection_lost", &error),
                Some(refused) if refused.code().code() == "PY422" => {
                    refusal::refusal(refused).unwrap_or_else(|| house("refusal_unknown", &said(refused)))
                }
                Some(refusal) if is_the_event_s(refusal.code().code(), refusal.constraint()) => {
                    Self::Event { code: event_code(refusal), detail: said(refusal) }
                }
                Some(refusal) => house("database_refused", &said(refusal)),
            },
        }
    }
}

/// Is it about what the event says? Data (22), a rule (23), our functions' own words (P0, PY). Everything else is the house's:
/// connections, locks, timeouts, privileges, a catalogue as a bad deploy leaves it. Of the rules, a missing value (23502) and a
/// primary key that is taken (`..._key`: a sequence or clock gone wrong) are the house's too.
fn is_the_event_s(sqlstate: &str, constraint: Option<&str>) -> bool {
    match sqlstate.get(..2) {
        Some("22" | "P0" | "PY") => true,
        Some("23") => sqlstate != "23502" && !constraint.is_some_and(|name| name.ends_with("_key")),
        _ => false,
    }
}

/// What the event ran into. Our own functions raise in class `PY`.
fn event_code(refusal: &DbError) -> &'static str {
    match refusal.code().code() {
        "PY404" => "payment_not_stored_yet",
        "PY409" => "facts_missing",
        "PY001" | "PY002" => "change_refused",
        code if code.starts_with("23") => "constraint_refused",
        _ => "effect_refused",
    }
}

/// Message and constraint name. Not the detail: it quotes rows.
fn said(refusal: &DbError) -> String {
    let constraint = refusal.constraint().map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{} {}{constraint}", refusal.code().code(), refusal.message())
}

#[cfg(test)]
mod tests;
