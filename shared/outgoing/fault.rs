//! Why a provider gave no answer, and so what may have happened there.
use std::error::Error;

/// Why a provider gave no answer we can use. Details are for the log: never a secret, an address, or a whole body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It said no: nothing happened there.
    #[error("refused with {status} {code}: {detail}")]
    Refused {
        /// 400 to 499; 0 when we did not even ask ([`Fault::not_asked`]).
        status: u16,
        /// The provider's own error code, `charge_already_refunded`, `BAD_REQUEST_ERROR`; or ours.
        code: String,
        /// The provider's own words, shortened.
        detail: String,
    },
    /// Not reached, busy, or still at work on the same request: nothing happened, or asking again with the same key is safe.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// What was in the way.
        detail: String,
    },
    /// It may have taken effect: no answer in time, a connection lost, a 5xx, an answer nobody can read.
    #[error("outcome unknown: {detail}")]
    Unknown {
        /// What came instead of an answer.
        detail: String,
        /// A definite 5xx was the last word, and Stripe keeps it under the idempotency key and would only repeat it; or the
        /// key was used for something else before. Either way the next try needs another key.
        answered: bool,
    },
}

impl Fault {
    /// Refused by ourselves, before anybody was asked.
    pub fn not_asked(code: &str, detail: impl Into<String>) -> Self {
        Self::Refused { status: 0, code: code.into(), detail: detail.into() }
    }

    /// Did the provider refuse this one request? Else it was not reached, did not answer, or takes no request of ours.
    pub fn is_about_the_request(&self) -> bool {
        matches!(self, Self::Refused { .. }) && !self.is_about_our_key()
    }

    /// Does the provider not take our key, or not for this? Nothing happened, and another key may do.
    pub fn is_about_our_key(&self) -> bool {
        matches!(self, Self::Refused { status: 401 | 403, .. })
    }

    /// No answer, and nothing known of what happened.
    pub(crate) fn unknown(detail: impl Into<String>) -> Self {
        Self::Unknown { detail: detail.into(), answered: false }
    }

    /// Of a call that only reads: nothing can have happened.
    pub(crate) fn of_reading(self) -> Self {
        match self {
            Self::Unknown { detail, .. } => Self::Unavailable { detail },
            known => known,
        }
    }

    /// After an earlier try of the same call whose outcome is unknown only an answer settles it: a later no (to a request
    /// that had taken effect, perhaps) does not.
    pub(crate) fn after(self, earlier: Option<Self>) -> Self {
        match (earlier, self) {
            (Some(Self::Unknown { .. }), later @ Self::Unknown { .. }) => later,
            (Some(Self::Unknown { detail, answered }), later) => {
                Self::Unknown { detail: format!("{detail}; then {later}"), answered }
            }
            (_, later) => later,
        }
    }
}

/// The most a detail may say.
const MOST_CHARS: usize = 240;

/// A provider's words, fit for a log: without our secret, without addresses, on one line, and short.
pub(super) fn fit_for_a_log(words: &str, secret: &str) -> String {
    let hidden = if secret.is_empty() { words.to_owned() } else { words.replace(secret, "[secret]") };
    let word = |word| if str::contains(word, '@') { "[address]" } else { word };
    let line: Vec<&str> = hidden.split(|c: char| c.is_whitespace() || c.is_control()).map(word).collect();
    line.join(" ").chars().take(MOST_CHARS).collect()
}

/// An error and its chain of causes.
pub(super) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
