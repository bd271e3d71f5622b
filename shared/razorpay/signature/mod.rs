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

/// Did Razorpay sign that this payment was made for this order, with one of our keys' secrets? What the buyer's browser
/// brings after paying. `order` has to come from our database: a browser could bring the order of a cheaper payment.
///
/// Subscriptions are signed with the same secret, and the other way round (`payment|subscription`): so both ids have to be
/// of their kind, and one separator is all there may be.
pub fn verify_checkout(order: &str, payment: &str, signature: &str, key_secrets: &Ring) -> bool {
    let of_a_kind =
        |id: &str, kind: &str| is_provider_id(id) && id.starts_with(kind) && id.len() > kind.len();
    of_a_kind(order, "order_")
        && of_a_kind(payment, "pay_")
        && mac::hex32(signature.as_bytes()).is_some_and(|tag| {
            let parts: [&[u8]; 3] = [order.as_bytes(), b"|", payment.as_bytes()];
            mac::signer(key_secrets, &parts, &[tag]).is_some()
        })
}

/// The signature Razorpay would give the buyer's browser: for tests and local runs.
pub fn sign_checkout(order: &str, payment: &str, key_secret: impl AsRef<[u8]>) -> String {
    let parts: [&[u8]; 3] = [order.as_bytes(), b"|", payment.as_bytes()];
    mac::to_hex(&mac::hmac_sha256(key_secret.as_ref(), &parts))
}

#[cfg(test)]
mod tests;
