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

    /// The order id that a person wrote, in either case and with the letters that Crockford lets stand for digits.
    /// `None`: no order has such an id.
    pub fn quoted(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let letters: String = text
            .strip_prefix("ORD-")?
            .chars()
            .map(|letter| match letter {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        let is_id = letters.len() == 26 && letters.bytes().all(|letter| LETTERS.contains(&letter));
        is_id.then(|| Self(format!("ORD-{letters}")))
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

#[test]
fn an_order_id_is_known_however_it_was_copied() {
    let id = OrderId::of(Uuid::from_u128(0x0198_f3a0_5b7e_7c44_9d2a_6f0c_1e8b_4a11));
    assert_eq!(OrderId::quoted(&format!(" {}\n", id.as_str().to_lowercase())), Some(id.clone()));
    assert_eq!(OrderId::quoted(&id.as_str().replacen('0', "o", 1).replacen('1', "L", 1)), Some(id.clone()));
    for other in ["", "ORD-", "ORD-UUUUUUUUUUUUUUUUUUUUUUUUUU", "pi_1", "ORD-01"] {
        assert_eq!(OrderId::quoted(other), None, "{other}");
    }
}
