//! Order ids: a UUIDv7 in Crockford base 32, readable aloud, sorted by time, not to be guessed.
use std::fmt;

use uuid::Uuid;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `ORD-` and 26 letters: 48 bits of time, 74 of chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderId(String);

impl OrderId {
    /// The order id that is another writing of `uuid`.
    pub fn of(uuid: Uuid) -> Self {
        let mut rest = uuid.as_u128();
        let mut letters = [b'0'; 26];
        for letter in letters.iter_mut().rev() {
            let low = usize::try_from(rest % 32).unwrap_or_default();
            *letter = LETTERS.get(low).copied().unwrap_or(b'0');
            rest /= 32;
        }
        Self(format!("ORD-{}", String::from_utf8_lossy(&letters)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
