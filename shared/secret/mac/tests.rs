use serde_json::Value;

use super::*;

const WYCHEPROOF: &str = include_str!("../../../tests/data/wycheproof_hmac_sha256_test.json");

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn all_174_wycheproof_vectors_are_judged_as_their_authors_judge_them() {
    let vectors: Value = serde_json::from_str(WYCHEPROOF).unwrap();
    assert_eq!(vectors["algorithm"], "HMACSHA256");
    let (mut valid, mut invalid) = (0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        let tag_bytes = usize::try_from(group["tagSize"].as_u64().unwrap()).unwrap() / 8;
        for test in group["tests"].as_array().unwrap() {
            let (key, message, tag) = (unhex(&test["key"]), unhex(&test["msg"]), unhex(&test["tag"]));
            let (head, tail) = message.split_at(message.len() / 2);
            let ours = hmac_sha256(&key, &[head, tail]);
            assert_eq!(ours, hmac_sha256(&key, &[&message]), "in parts as in one, {}", test["tcId"]);
            let accepted = bool::from(ours[..tag_bytes].ct_eq(&tag));
            assert_eq!(accepted, test["result"] == "valid", "{test}");
            if accepted { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!(valid + invalid, 174);
    assert!(valid > 0 && invalid > 0);
}

#[test]
fn hex_is_64_lower_case_digits_or_it_is_refused() {
    let tag: Tag = std::array::from_fn(|at| u8::try_from(at * 8).unwrap() ^ 0xa5);
    let hex = to_hex(&tag);
    assert_eq!(hex32(hex.as_bytes()), Some(tag));
    for bad in [
        "",
        &hex[..62],
        &hex[..63],
        &format!("{hex}0"),
        &format!("{hex}00"),
        &hex.to_uppercase(),
        &format!("{}g", &hex[..63]),
        &format!(" {}", &hex[..63]),
        &format!("\"{}\"", &hex[..62]),
        &format!("0x{}", &hex[..62]),
        &"é".repeat(32),
        &"`".repeat(64),
        &":".repeat(64),
        &"/".repeat(64),
    ] {
        assert_eq!(hex32(bad.as_bytes()), None, "{bad:?}");
    }
    assert_eq!(hex32(&[0xff; 64]), None);
    assert_eq!(to_hex(&[]), "");
}

#[test]
fn the_signer_is_the_first_secret_that_fits_whatever_the_order_of_the_tags() {
    let ring = Ring::new([("current", "a"), ("previous", "b"), ("twin", "b"), ("blank", " \t\n")]);
    let tag = |key: &str| hmac_sha256(key.as_bytes(), &[b"body"]);
    let version = |tags: &[Tag]| signer(&ring, &[b"body"], tags).map(Secret::version);
    assert_eq!(version(&[tag("a")]), Some("current"));
    assert_eq!(version(&[tag("b")]), Some("previous"));
    assert_eq!(version(&[tag("x"), tag("b"), tag("a")]), Some("current"));
    assert_eq!(version(&[tag("x")]), None);
    assert_eq!(version(&[tag(" \t\n"), tag("")]), None);
    assert_eq!(version(&[]), None);
}

#[test]
fn a_bearer_of_any_live_secret_is_known_and_nobody_by_an_empty_ring() {
    let ring = Ring::new([("current", "a service token"), ("previous", "the one before")]);
    assert!(knows(&ring, b"a service token") && knows(&ring, b"the one before"));
    for other in [&b""[..], b"a service toke", b"a service token ", b"A service token"] {
        assert!(!knows(&ring, other));
    }
    assert!(!knows(&Ring::default(), b""));
}
