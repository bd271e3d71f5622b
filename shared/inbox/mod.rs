//! The inbox: every verified event, stored once, in the same commit as what it did.
//!
//! Verified -> Claimed -> Applied -> Settled. An effect is one call of one SQL function, which claims the event first
//! ([`Claim`]) and returns what became of it ([`Settled`]): there is no way to apply one without claiming it.
mod backoff;
mod claim;
pub mod event;
mod expected;
mod lease;
pub mod own;
pub(crate) mod reading;
pub mod rejection;
#[cfg(test)]
pub(crate) mod retold;
pub mod sample;
mod status;
pub use backoff::STALE_AFTER_SECONDS;
pub use claim::{Claim, Settled, apply, record_failure, store};
pub use event::{Event, Fact, Provider, Verified};
pub use lease::{Backlog, Leased, backlog, lease_due, lease_one, put_back};
pub use reading::Unreadable;
pub use rejection::Rejection;
pub use sample::SamplePayment;
pub use status::Status;
