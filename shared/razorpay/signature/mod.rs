//! `X-Razorpay-Signature: <hex>`
//!
//! The HMAC-SHA256 of the raw body under the webhook's secret (not the API key's). No timestamp and
//! no scheme, so an old body verifies for ever: the inbox, keyed by the body's own hash, is what
//! makes a replay harmless. An event created before a secret was changed stays signed with the old
//! one on every retry, so the ring keeps that for a day and more.
use bytes::Bytes;

use crate::inbox::event::is_provider_id;
use crate::inbox::{Rejection, Verified};
use crate::secret::{Ring, mac};

/// Did Razorpay sign this body with one of our secrets? `header_id` is `x-razorpay-event-id`,
/// which no signature covers: kept when it looks like an id, never a reason to refuse.
pub fn verify(
    body: Bytes,
    header: Option<&[u8]>,
    header_id: Option<&str>,
    secrets: &Ring,
) -> Result<Verified, Rejection> {
    if secrets.is_empty() {
        return Err(Rejection::SecretMissing);
    }
    let header = header.filter(|header| !header.is_empty()).ok_or(Rejection::SignatureMissing)?;
    let tag = mac::hex32(header).ok_or(Rejection::SignatureMalformed("not 64 lower-case hex digits"))?;
    let signer = mac::signer(secrets, &[&body], &[tag]).ok_or(Rejection::SignatureMismatch)?;
    let header_id = header_id.filter(|id| is_provider_id(id)).map(str::to_owned);
    Ok(Verified { secret_version: signer.version().to_owned(), header_id, body })
}

/// The header Razorpay would send with this body: for tests, `payonce webhook` and local runs.
pub fn sign(body: &[u8], secret: impl AsRef<[u8]>) -> String {
    mac::to_hex(&mac::hmac_sha256(secret.as_ref(), &[body]))
}

#[cfg(test)]
mod tests;
