//! The state of a stored event.

/// The state of a stored event. Nothing else is ever visible: claim, effect and mark are one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It had its effect.
    Processed,
    /// Stored, nothing to do; replay may process it once somebody handles its type.
    Ignored,
    /// Verified, and not ours to apply without a person.
    Parked,
    /// Could not be applied; will be retried.
    Failed,
    /// Could not be applied however often; waits for an operator.
    Dead,
}

impl Status {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }

    /// As stored; the constraint `webhook_events_status_known` admits no other.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "processed" => Self::Processed,
            "ignored" => Self::Ignored,
            "parked" => Self::Parked,
            "dead" => Self::Dead,
            _ => Self::Failed,
        }
    }
}
