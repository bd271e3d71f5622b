//! Tokens: who holds one may see one thing until one time. `v1.<kid>.<payload>.<mac>`, for a link in a mail.
//!
//! The payload says for what, about what and until when, each part behind its length, so that no two of them run into
//! each other; the MAC covers it, the kid and the version. There is one writing of each token: base64url without padding
//! and without stray bits, so a token that was altered in any letter opens nothing.
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secret::mac::{self, Tag};
use crate::secret::{Ring, Secret};

/// What every MAC begins with: a key of ours that signs other things too signs no token by it.
const CONTEXT: &str = "payonce token v1";

/// Ours are about 140 letters; what is longer is not looked at.
const MAX_LETTERS: usize = 512;

/// What a token is good for. One for the one opens nothing for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Seeing a receipt.
    Receipt,
    /// Paying in the sandbox, where no provider asks for money.
    SandboxPay,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::SandboxPay => "sandbox_pay",
        }
    }
}

/// A token about an order (`ORD-...`) or a payment (its uuid), good until the second before `expires_at`. Signed by the
/// current key; `None` where there is none.
pub fn mint(keys: &Ring, purpose: Purpose, about: &str, expires_at: SystemTime) -> Option<String> {
    let key = keys.current()?;
    let expires_at = expires_at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let (kid, payload) = (key_id(key), payload(purpose, about, expires_at)?);
    let tag = mac::hmac_sha256(key.expose(), &[&signed_before(&kid)?, &payload]);
    Some(format!("v1.{kid}.{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag)))
}

/// Does `token` open `about` for `purpose` at `now`? `about` as it was given to [`mint`], letter by letter.
pub fn opens(keys: &Ring, token: &str, purpose: Purpose, about: &str, now: SystemTime) -> bool {
    read(token).is_some_and(|read| read.opens(&keys.live(now), purpose, about, now).is_some())
}

/// A token's parts, none of them believed yet.
struct Read<'t> {
    kid: &'t str,
    payload: Vec<u8>,
    tag: Tag,
}

fn read(token: &str) -> Option<Read<'_>> {
    if token.len() > MAX_LETTERS {
        return None;
    }
    let (kid, rest) = token.strip_prefix("v1.")?.split_once('.')?;
    let (payload, tag) = rest.split_once('.')?;
    // The engine refuses padding, stray bits, and the dot of a fifth part.
    Some(Read {
        kid,
        payload: URL_SAFE_NO_PAD.decode(payload).ok()?,
        tag: URL_SAFE_NO_PAD.decode(tag).ok()?.try_into().ok()?,
    })
}

impl Read<'_> {
    fn opens(&self, live: &Ring, purpose: Purpose, about: &str, now: SystemTime) -> Option<()> {
        let expires_at = u64::from_be_bytes(*self.payload.last_chunk()?);
        // What it must say to open this. A payload of any other shape is not that.
        let wanted = payload(purpose, about, expires_at)?;
        let key = mac::signer(live, &[&signed_before(self.kid)?, &self.payload], &[self.tag])?;
        let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(expires_at))?;
        (key_id(key) == self.kid && wanted == self.payload && now < end).then_some(())
    }
}

/// Names a key without telling it. Of the key alone: it stays when the current key becomes the previous one.
fn key_id(key: &Secret) -> String {
    let digest = Sha256::new().chain_update("payonce token key id").chain_update(key.expose()).finalize();
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn payload(purpose: Purpose, about: &str, expires_at: u64) -> Option<Vec<u8>> {
    fields([purpose.name().as_bytes(), about.as_bytes(), &expires_at.to_be_bytes()])
}

/// What the MAC covers before the payload.
fn signed_before(kid: &str) -> Option<Vec<u8>> {
    fields([CONTEXT.as_bytes(), kid.as_bytes()])
}

/// Each field behind its length; `None` where one is longer than any of ours could be.
fn fields<const N: usize>(fields: [&[u8]; N]) -> Option<Vec<u8>> {
    fields.into_iter().try_fold(Vec::new(), |mut text, field| {
        text.extend(u16::try_from(field.len()).ok()?.to_be_bytes());
        text.extend(field);
        Some(text)
    })
}

#[cfg(test)]
mod tests;
