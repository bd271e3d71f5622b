//! Why a delivery was not believed. Every one of these is a 400: nothing was stored, nothing was done.
//!
//! The code is for machines and never changes; the message is for the person who reads the log and
//! says what to do next. Neither carries the signature, the secret or the body.
use std::time::Duration;

/// A delivery whose signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No secret is configured, so no signature can be checked. Ours to repair, whoever sent it.
    #[error("no webhook secret is configured, so nothing can be verified: set it, the provider will retry")]
    SecretMissing,
    /// The signature header is absent or empty.
    #[error(
        "no signature header: not from the provider, or a proxy dropped stripe-signature / x-razorpay-signature"
    )]
    SignatureMissing,
    /// The header is not what the provider documents. The reason is ours, never a piece of the header.
    #[error(
        "the signature header is malformed ({0}): not from the provider, or something rewrote the header"
    )]
    SignatureMalformed(&'static str),
    /// Well-formed, and made by none of our live secrets over these bytes.
    #[error(
        "the signature fits no live secret: compare the endpoint's secret with ours, and see that nothing alters the body"
    )]
    SignatureMismatch,
    /// Rightly signed, too long ago.
    #[error(
        "rightly signed, but {} s ago: a replay, or our clock is fast (check it; a retry comes with a fresh timestamp)",
        .0.as_secs()
    )]
    TimestampStale(Duration),
    /// Rightly signed, at a time yet to come.
    #[error(
        "rightly signed, but {} s ahead of us: our clock is slow (check it; a retry comes with a fresh timestamp)",
        .0.as_secs()
    )]
    TimestampFuture(Duration),
}

impl Rejection {
    /// The stable code in answers, logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::SecretMissing => "secret_missing",
            Self::SignatureMissing => "signature_missing",
            Self::SignatureMalformed(_) => "signature_malformed",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampStale(_) => "timestamp_stale",
            Self::TimestampFuture(_) => "timestamp_future",
        }
    }
}
