use proptest::prelude::*;

use super::*;

const ORDER: &str = "ORD-01M7Y31RRDE6F8B45AJTA4ADZG";
const PAYMENT: &str = "01a1fc30-e316-7351-a1e7-f8644c2b79e7";

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

const END: u64 = 1_900_000_000;

fn ring() -> Ring {
    Ring::new([("current", "a key of at least sixteen letters")])
}

fn token() -> String {
    mint(&ring(), Purpose::Receipt, ORDER, at(END)).unwrap()
}

fn opens_order(token: &str) -> bool {
    opens(&ring(), token, Purpose::Receipt, ORDER, at(END - 1))
}

#[test]
fn a_token_opens_what_it_is_about_until_its_second_comes() {
    let token = token();
    assert!(opens_order(&token));
    let open = |now| opens(&ring(), &token, Purpose::Receipt, ORDER, now);
    assert!(open(SystemTime::UNIX_EPOCH));
    assert!(open(at(END) - Duration::from_nanos(1)));
    assert!(!open(at(END)));
    assert!(!open(at(END + 1)));
}

#[test]
fn a_fraction_of_a_second_is_no_extension() {
    let token = mint(&ring(), Purpose::Receipt, ORDER, at(END) + Duration::from_millis(999)).unwrap();
    assert!(opens_order(&token));
    assert!(!opens(&ring(), &token, Purpose::Receipt, ORDER, at(END)));
}

/// As computed by other means (a few lines of Python) and written down, so that a release does not quietly forget the links that are in people's mail.
#[test]
fn a_token_is_written_as_it_always_was() {
    assert_eq!(
        token(),
        "v1.f88b1620.AAdyZWNlaXB0AB5PUkQtMDFNN1kzMVJSREU2RjhCNDVBSlRBNEFEWkcACAAAAABxP7MA.uoohwcLkZWwyWZiIv2PId3svHizRyXjMG-5idM-XHEU"
    );
}

#[test]
fn a_token_with_any_bit_flipped_opens_nothing() {
    let token = token();
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut bytes = token.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let flipped = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!opens_order(&flipped), "{flipped}");
        }
    }
}

#[test]
fn a_token_with_any_letter_replaced_opens_nothing() {
    let token = token();
    for place in 0..token.len() {
        for letter in (0x20..0x7f).map(char::from).filter(|letter| !token[place..].starts_with(*letter)) {
            let replaced = format!("{}{letter}{}", &token[..place], &token[place + 1..]);
            assert!(!opens_order(&replaced), "{replaced}");
        }
    }
}

#[test]
fn a_token_cut_short_or_drawn_out_opens_nothing() {
    let token = token();
    for length in 0..token.len() {
        assert!(!opens_order(&token[..length]), "{length}");
        assert!(!opens_order(&token[token.len() - length..]), "the last {length}");
    }
    for more in ["A", "=", "==", ".", ".A", " ", "\n", "\0", "AAAA"] {
        assert!(!opens_order(&format!("{token}{more}")), "{more:?} after");
        assert!(!opens_order(&format!("{more}{token}")), "{more:?} before");
        assert!(!opens_order(&token.replace('.', &format!(".{more}"))), "{more:?} inside");
    }
    assert!(!opens_order(&"A".repeat(1_000_000)));
    assert!(!opens_order(&format!("v1.{}", ".".repeat(500))));
}

#[test]
fn a_token_in_another_writing_of_base64_opens_nothing() {
    let (head, mac) = token().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(opens_order(&format!("{head}.{mac}")));
    // 43 letters carry 32 bytes and two bits that must be zero.
    let last = mac.chars().last().unwrap();
    for stray in ('A'..='Z').chain('a'..='z').chain('0'..='9').filter(|letter| *letter != last) {
        assert!(!opens_order(&format!("{head}.{}{stray}", &mac[..42])), "{stray}");
    }
    assert!(!opens_order(&format!("{head}.{mac}=")));
    let standard = token().replace('-', "+").replace('_', "/");
    assert_eq!(opens_order(&standard), standard == token());
}

#[test]
fn no_token_of_one_order_opens_another() {
    let orders: Vec<String> = (0..40_u128)
        .map(|n| crate::order::OrderId::of(uuid::Uuid::from_u128(n << 64 | n)).to_string())
        .chain([String::new(), "ORD".into(), ORDER.to_lowercase(), format!("{ORDER} "), PAYMENT.into()])
        .collect();
    for mine in &orders {
        let token = mint(&ring(), Purpose::Receipt, mine, at(END)).unwrap();
        for other in &orders {
            let open = opens(&ring(), &token, Purpose::Receipt, other, at(END - 1));
            assert_eq!(open, mine == other, "{mine} {other}");
        }
    }
}

#[test]
fn a_token_for_one_purpose_opens_nothing_for_another() {
    for (mine, other) in [(Purpose::Receipt, Purpose::SandboxPay), (Purpose::SandboxPay, Purpose::Receipt)] {
        let token = mint(&ring(), mine, PAYMENT, at(END)).unwrap();
        assert!(opens(&ring(), &token, mine, PAYMENT, at(0)));
        assert!(!opens(&ring(), &token, other, PAYMENT, at(0)));
    }
}

#[test]
fn a_key_that_became_the_previous_one_opens_its_tokens_until_it_is_retired() {
    let old = token();
    let rotated = Ring::new([("current", "the key that came after it")])
        .with_previous("a key of at least sixteen letters".into(), at(END - 100));
    let open = |token: &str, now| opens(&rotated, token, Purpose::Receipt, ORDER, at(now));
    assert!(open(&old, END - 101));
    assert!(!open(&old, END - 100));
    let new = mint(&rotated, Purpose::Receipt, ORDER, at(END)).unwrap();
    assert!(open(&new, END - 101) && open(&new, END - 100));
    assert!(!opens_order(&new), "the old ring does not know the new key");
}

#[test]
fn a_key_keeps_its_id_when_it_becomes_the_previous_one() {
    let kid = |ring: &Ring| ring.iter().map(key_id).collect::<Vec<_>>();
    let key = "a key of at least sixteen letters";
    let rotated = Ring::new([("current", "the key that came after it")]).with_previous(key.into(), at(END));
    assert_eq!(kid(&ring())[0], kid(&rotated)[1]);
    assert_ne!(kid(&rotated)[0], kid(&rotated)[1]);
    assert_eq!(token().split('.').nth(1), Some(kid(&ring())[0].as_str()));
    assert_eq!(kid(&ring())[0].len(), 8);
}

#[test]
fn without_a_current_key_nothing_is_minted_and_without_any_nothing_opens() {
    let none = Ring::new([("current", "  ")]);
    assert_eq!(mint(&none, Purpose::Receipt, ORDER, at(END)), None);
    assert!(!opens(&none, &token(), Purpose::Receipt, ORDER, at(0)));
    let retiring = Ring::default().with_previous("a key of at least sixteen letters".into(), at(END));
    assert_eq!(mint(&retiring, Purpose::Receipt, ORDER, at(END)), None);
    assert!(opens(&retiring, &token(), Purpose::Receipt, ORDER, at(0)));
}

#[test]
fn a_time_before_1970_and_a_text_too_long_to_name_anything_get_no_token() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(mint(&ring(), Purpose::Receipt, ORDER, before), None);
    assert_eq!(mint(&ring(), Purpose::Receipt, &"x".repeat(70_000), at(END)), None);
}

/// Who knows the key may still not write a token that is read as another: the fields' lengths are part of it.
#[test]
fn a_payload_of_another_shape_opens_nothing_even_when_it_is_signed() {
    let key = ring();
    let (key, kid) = (key.current().unwrap(), key_id(key.current().unwrap()));
    let open = |payload: &[u8]| {
        let tag = mac::hmac_sha256(key.expose(), &[&signed_before(&kid).unwrap(), payload]);
        let (payload, tag) = (URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag));
        opens_order(&format!("v1.{kid}.{payload}.{tag}"))
    };
    assert!(open(&payload(Purpose::Receipt, ORDER, END).unwrap()));
    assert!(!open(&payload(Purpose::Receipt, ORDER, u64::MAX).unwrap()), "a time beyond time");
    let end = END.to_be_bytes();
    for fields in [
        fields([b"receipt", ORDER.as_bytes(), &end, b""]),
        fields([b"receip", format!("t{ORDER}").as_bytes(), &end]),
        fields([format!("receipt{ORDER}").as_bytes(), b"", &end]),
        fields([b"receipt", &end]),
        Some(end.to_vec()),
        Some(Vec::new()),
    ] {
        assert!(!open(&fields.unwrap()));
    }
}

proptest! {
    #[test]
    fn no_text_that_we_did_not_write_opens_anything(text in "\\PC{0,600}") {
        prop_assert!(!opens_order(&text));
        let versioned = format!("v1.{text}");
        prop_assert!(!opens_order(&versioned));
    }

    #[test]
    fn a_token_opens_exactly_what_it_was_minted_for(
        mine in "\\PC{0,60}", other in "\\PC{0,60}", end in 1..u64::from(u32::MAX), now in 0..u64::from(u32::MAX)
    ) {
        let token = mint(&ring(), Purpose::Receipt, &mine, at(end)).unwrap();
        prop_assert_eq!(opens(&ring(), &token, Purpose::Receipt, &mine, at(now)), now < end && token.len() <= 512);
        prop_assert_eq!(opens(&ring(), &token, Purpose::Receipt, &other, at(now)), mine == other && now < end && token.len() <= 512);
    }
}
