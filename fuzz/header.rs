//! Any header and any body into Stripe's verifier: it must not panic, and must accept exactly what
//! an independent reading (other parser, other HMAC implementation) accepts.
//!
//! The input is a header, a line feed and a body. A fuzzer cannot guess a MAC, so `~` and `^` in
//! the header stand for the right one under the current and the previous secret.
#![no_main]
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use payonce::secret::Ring;
use payonce::stripe;

const NOW: u64 = 1_700_000_000;
const CURRENT: &str = "whsec_current";
const PREVIOUS: &str = "whsec_previous";

fuzz_target!(|input: &[u8]| {
    let cut = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (template, rest) = input.split_at(cut);
    let body = rest.get(1..).unwrap_or_default();
    let header = fill(template, body);

    let secrets = Ring::new([("current", CURRENT), ("previous", PREVIOUS), ("blank", " ")]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let verdict = stripe::verify(body.to_vec().into(), Some(&header), &secrets, now);

    assert_eq!(verdict.is_ok(), reference(&header, body).is_some(), "{verdict:?}");
    if let Ok(verified) = verdict {
        assert_eq!(&verified.body()[..], body);
    }
});

fn fill(template: &[u8], body: &[u8]) -> Vec<u8> {
    let t = template.split(|byte| *byte == b',').find_map(|element| element.strip_prefix(b"t="));
    let mut header = Vec::new();
    for byte in template {
        match byte {
            b'~' => header.extend(hex(CURRENT, t.unwrap_or_default(), body).bytes()),
            b'^' => header.extend(hex(PREVIOUS, t.unwrap_or_default(), body).bytes()),
            byte => header.push(*byte),
        }
    }
    header
}

fn hex(secret: &str, t: &[u8], body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = ring::hmac::sign(&key, &[t, b".", body].concat());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rules again, as a reader of the documentation would write them down.
fn reference(header: &[u8], body: &[u8]) -> Option<()> {
    let header = std::str::from_utf8(header).ok()?;
    let well_formed = header.len() <= 4096 && header.chars().all(|c| ('!'..='~').contains(&c));
    let elements: Option<Vec<(&str, &str)>> = header.split(',').map(|part| part.split_once('=')).collect();
    let elements = elements.filter(|_| well_formed)?;
    let named = |name: &str| -> Vec<&str> {
        elements.iter().filter(|(scheme, _)| *scheme == name).map(|(_, value)| *value).collect()
    };

    let schemes_fit = elements
        .iter()
        .all(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()));
    let tags = named("v1");
    let tags_fit = (1..=20).contains(&tags.len())
        && tags.iter().all(|tag| tag.len() == 64 && tag.chars().all(|c| "0123456789abcdef".contains(c)));
    let [t] = named("t")[..] else { return None };
    let seconds: u64 = t.parse().ok().filter(|seconds: &u64| seconds.to_string() == t && t.len() <= 10)?;

    let signed = [CURRENT, PREVIOUS].iter().any(|secret| tags.contains(&&*hex(secret, t.as_bytes(), body)));
    (schemes_fit && tags_fit && signed && seconds.abs_diff(NOW) <= 300).then_some(())
}
