//! HMAC-SHA256 as both providers use it: which of our secrets signed these bytes?
//!
//! The one place where tags are computed and compared. Tags are 32 bytes, never cut short; a
//! comparison takes the same time wherever two tags differ.
use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::{Ring, Secret};

/// A whole HMAC-SHA256 value.
pub type Tag = [u8; 32];

/// The tag of the parts one after another: a body is read in place, never copied behind its prefix.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Tag {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length")
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The secret that made one of the tags, the current one first. One MAC per secret and every tag
/// against each of them, without stopping at a fit: the work done tells nothing about the outcome.
pub fn signer<'r>(secrets: &'r Ring, parts: &[&[u8]], tags: &[Tag]) -> Option<&'r Secret> {
    let mut signer = None;
    for secret in secrets.iter() {
        let expected = hmac_sha256(secret.expose(), parts);
        let fits = tags.iter().fold(Choice::from(0), |fits, tag| fits | expected.ct_eq(tag));
        signer = signer.or(bool::from(fits).then_some(secret));
    }
    signer
}

/// Is `given` one of the secrets? Compared as digests under a key of their own, so that neither length nor content shows in
/// the time it takes. An empty ring knows nothing.
pub fn knows(secrets: &Ring, given: &[u8]) -> bool {
    let given = hmac_sha256(b"payonce bearer", &[given]);
    let fits = |secret: &Secret| hmac_sha256(b"payonce bearer", &[secret.expose()]).ct_eq(&given);
    secrets.iter().fold(Choice::from(0), |known, secret| known | fits(secret)).into()
}

/// 64 lower-case hex digits, as both providers write a tag; anything else (upper case, blanks, quotes) is not one.
pub fn hex32(text: &[u8]) -> Option<Tag> {
    let text: &[u8; 64] = text.try_into().ok()?;
    let mut tag = Tag::default();
    for (byte, [high, low]) in tag.iter_mut().zip(text.as_chunks().0) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(tag)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Lower-case hex.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests;
