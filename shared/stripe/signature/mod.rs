//! `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>...][,<other scheme>=<anything>...]`
//!
//! `v1` is the HMAC-SHA256 of `<t>.<raw body>` under the whole `whsec_...` text, which is never
//! base64-decoded. While a secret is rolled there is one `v1` per secret; any of them suffices.
//!
//! The grammar is strict, because whoever writes this header wants something from us: what is not
//! exactly the above is malformed. A malformed `v1` spoils the header even beside a good one, a
//! second `t` does too (so two headers joined by a comma are refused), an unknown scheme is skipped.
//! No I/O and no clock: `now` is a parameter.
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::inbox::{Rejection, Verified};
use crate::secret::{Ring, mac};

/// How far `t` may be from our clock, either way, in whole seconds: Stripe's own default. Every
/// retry is signed afresh, so this refuses replays and no honest delivery.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// Bytes of header worth reading. An honest one has about 90, twice that during a roll.
const MAX_HEADER: usize = 4096;

/// `v1` entries worth comparing. Stripe sends one per live secret.
const MAX_TAGS: usize = 20;

/// Digits of `t`: good until the year 2286, and too few to overflow anything.
const MAX_DIGITS: usize = 10;

/// Did Stripe sign this body with one of our secrets, within [`TOLERANCE`] of now?
pub fn verify(
    body: Bytes,
    header: Option<&[u8]>,
    secrets: &Ring,
    now: SystemTime,
) -> Result<Verified, Rejection> {
    verify_within(body, header, secrets, now, TOLERANCE)
}

/// [`verify`] with another tolerance. Zero means this very second; it does not switch the check off.
pub fn verify_within(
    body: Bytes,
    header: Option<&[u8]>,
    secrets: &Ring,
    now: SystemTime,
    tolerance: Duration,
) -> Result<Verified, Rejection> {
    if secrets.is_empty() {
        return Err(Rejection::SecretMissing);
    }
    let header = header.filter(|header| !header.is_empty()).ok_or(Rejection::SignatureMissing)?;
    let Header { t, tags } = Header::read(header)?;
    let signer = mac::signer(secrets, &[t.digits, b".", &body], &tags).ok_or(Rejection::SignatureMismatch)?;
    // Only now: of a request Stripe did not sign, `t` means nothing, and "stale" would send an
    // operator to the clock when the secret is wrong.
    punctual(t.at, now, tolerance)?;
    Ok(Verified { secret_version: signer.version().to_owned(), header_id: None, body })
}

/// The header Stripe would send with this body: for tests, `payonce webhook` and local runs.
pub fn sign(body: &[u8], secret: impl AsRef<[u8]>, at: SystemTime) -> String {
    let t = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().to_string();
    let tag = mac::hmac_sha256(secret.as_ref(), &[t.as_bytes(), b".", body]);
    format!("t={t},v1={}", mac::to_hex(&tag))
}

/// A header as sent: one timestamp, at least one tag.
struct Header<'h> {
    t: Timestamp<'h>,
    tags: Vec<mac::Tag>,
}

/// When it says it was signed: the digits the MAC covers, and the time they mean.
struct Timestamp<'h> {
    digits: &'h [u8],
    at: SystemTime,
}

impl<'h> Header<'h> {
    fn read(header: &'h [u8]) -> Result<Self, Rejection> {
        if header.len() > MAX_HEADER {
            return Err(Rejection::SignatureMalformed("longer than 4096 bytes"));
        }
        if !header.iter().all(u8::is_ascii_graphic) {
            return Err(Rejection::SignatureMalformed("not visible ASCII without blanks"));
        }
        let (mut t, mut tags) = (None, Vec::new());
        for element in header.split(|byte| *byte == b',') {
            match scheme_and_value(element)? {
                (b"t", _) if t.is_some() => return Err(Rejection::SignatureMalformed("more than one t")),
                (b"t", digits) => t = Some(Timestamp::read(digits)?),
                (b"v1", _) if tags.len() == MAX_TAGS => {
                    return Err(Rejection::SignatureMalformed("more than 20 v1"));
                }
                (b"v1", hex) => tags.push(
                    mac::hex32(hex)
                        .ok_or(Rejection::SignatureMalformed("a v1 is not 64 lower-case hex digits"))?,
                ),
                _unknown => {}
            }
        }
        match t {
            None => Err(Rejection::SignatureMalformed("no t")),
            Some(_) if tags.is_empty() => Err(Rejection::SignatureMalformed("no v1")),
            Some(t) => Ok(Self { t, tags }),
        }
    }
}

fn scheme_and_value(element: &[u8]) -> Result<(&[u8], &[u8]), Rejection> {
    let malformed = Rejection::SignatureMalformed("an element is not scheme=value");
    let at = element.iter().position(|byte| *byte == b'=').ok_or(malformed)?;
    let (scheme, value) = element.split_at_checked(at).ok_or(malformed)?;
    if scheme.is_empty() || !scheme.iter().all(u8::is_ascii_alphanumeric) {
        return Err(malformed);
    }
    Ok((scheme, value.get(1..).ok_or(malformed)?))
}

impl<'h> Timestamp<'h> {
    /// Plain decimal as one writes it: no sign, no leading zero, no `_`, no other alphabet's digits.
    fn read(digits: &'h [u8]) -> Result<Self, Rejection> {
        let malformed = Rejection::SignatureMalformed("t is not plain unix seconds");
        let canonical = match digits {
            [b'0'] => true,
            [b'1'..=b'9', rest @ ..] => rest.len() < MAX_DIGITS && rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        if !canonical {
            return Err(malformed);
        }
        let seconds = digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or(malformed)?;
        Ok(Self { digits, at })
    }
}

/// In whole seconds, as Stripe counts: 300 s off is still in time, 301 s is not.
fn punctual(signed_at: SystemTime, now: SystemTime, tolerance: Duration) -> Result<(), Rejection> {
    let too_far = |distance: &Duration| distance.as_secs() > tolerance.as_secs();
    match now.duration_since(signed_at) {
        Ok(age) if too_far(&age) => Err(Rejection::TimestampStale(age)),
        Err(ahead) if too_far(&ahead.duration()) => Err(Rejection::TimestampFuture(ahead.duration())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
