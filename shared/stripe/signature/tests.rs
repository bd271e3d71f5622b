use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const T: u64 = 1_700_000_000;
const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;
/// `hmac.new(b"whsec_current", b"1700000000." + BODY, "sha256")`, by Python.
const GOLDEN: &str = "edcb89f9dba286ffd09f86d2262ee6abc7c44d7892d66d839b82f55c22216283";

fn ring() -> Ring {
    Ring::new([("current", "whsec_current"), ("previous", "whsec_previous")])
}

fn at(unix: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix)
}

/// The `v1` of a body, alone.
fn hex(body: &[u8], secret: &str) -> String {
    sign(body, secret, at(T)).split_once("v1=").unwrap().1.to_owned()
}

/// The version that verified it, or the code of its rejection.
fn verdict(body: &[u8], header: impl AsRef<[u8]>, now: SystemTime) -> Result<String, &'static str> {
    verify(Bytes::copy_from_slice(body), Some(header.as_ref()), &ring(), now)
        .map(|verified| {
            assert_eq!(verified.body, body, "the bytes that were signed are the bytes that are kept");
            assert_eq!(verified.header_id, None);
            verified.secret_version
        })
        .map_err(Rejection::code)
}

#[test]
fn the_signature_is_the_one_python_computes() {
    assert_eq!(sign(BODY, "whsec_current", at(T)), format!("t={T},v1={GOLDEN}"));
}

/// Scenarios A2 to A20, as far as they are about the header's form and its signatures.
#[test]
fn every_header_of_the_scenarios_has_its_verdict() {
    let (current, previous) = (hex(BODY, "whsec_current"), hex(BODY, "whsec_previous"));
    let (stranger, retired) = (hex(BODY, "whsec_stranger"), hex(BODY, "whsec_retired"));
    let upper = current.to_uppercase();
    let many = |count: usize, hex: &str| format!(",v1={hex}").repeat(count);
    let (ok, old) = (Ok("current"), Ok("previous"));
    let (malformed, mismatch) = (Err("signature_malformed"), Err("signature_mismatch"));
    let table: Vec<(&str, String, Result<&str, &str>)> = vec![
        ("1 as sent", format!("t={T},v1={current}"), ok),
        ("1 t last", format!("v1={current},t={T}"), ok),
        ("1 t between", format!("v1={stranger},t={T},v1={current}"), ok),
        ("2 first of two", format!("t={T},v1={current},v1={stranger}"), ok),
        ("2 second of two", format!("t={T},v1={stranger},v1={current}"), ok),
        ("2 twice the same", format!("t={T},v1={current},v1={current}"), ok),
        ("2 none of two", format!("t={T},v1={stranger},v1={retired}"), mismatch),
        ("3 a roll: one per secret", format!("t={T},v1={current},v1={previous}"), ok),
        ("3 the old secret alone", format!("t={T},v1={previous}"), old),
        ("3 the old secret after its end", format!("t={T},v1={retired}"), mismatch),
        ("5 v0 alone", format!("t={T},v0={current}"), malformed),
        ("5 v2 alone", format!("t={T},v2={current}"), malformed),
        ("5 v10 is not v1", format!("t={T},v10={current}"), malformed),
        ("5 V1 is not v1", format!("t={T},V1={current}"), malformed),
        ("5 T is not t", format!("T={T},v1={current}"), malformed),
        ("5 v0 beside v1", format!("t={T},v1={current},v0={stranger}"), ok),
        ("5 v0 with anything", format!("t={T},v0=a==b!,v1={current}"), ok),
        ("5 v0 with nothing", format!("t={T},v0=,v1={current}"), ok),
        ("5 the right value under v0, a wrong v1", format!("t={T},v0={current},v1={stranger}"), mismatch),
        ("12 two headers joined", format!("t={T},v1={current},t={T},v1={current}"), malformed),
        ("12 joined with a blank", format!("t={T},v1={current}, t={T},v1={current}"), malformed),
        ("12 joined, other time", format!("t={T},v1={current},t=1,v1={stranger}"), malformed),
        ("13 cut", format!("t={T},v1={}", &current[..63]), malformed),
        ("13 cut evenly", format!("t={T},v1={}", &current[..62]), malformed),
        ("13 cut to 128 bits", format!("t={T},v1={}", &current[..32]), malformed),
        ("13 longer", format!("t={T},v1={current}0"), malformed),
        ("13 twice as long", format!("t={T},v1={current}{current}"), malformed),
        ("13 empty", format!("t={T},v1="), malformed),
        ("13 upper case", format!("t={T},v1={upper}"), malformed),
        ("13 quoted", format!("t={T},v1=\"{current}\""), malformed),
        ("13 0x", format!("t={T},v1=0x{current}"), malformed),
        ("13 not hex", format!("t={T},v1={}g", &current[..63]), malformed),
        ("13 blank before", format!("t={T},v1= {current}"), malformed),
        ("13 blank after the comma", format!("t={T}, v1={current}"), malformed),
        ("13 a bad v1 beside a good one", format!("t={T},v1={current},v1={upper}"), malformed),
        ("13 Razorpay's form", current.clone(), malformed),
        ("14 letters beyond ASCII", format!("t={T},v1={}", "é".repeat(32)), malformed),
        ("14 beyond ASCII in another scheme", format!("t={T},v1={current},v0=é"), malformed),
        ("14 NUL", format!("t={T},v1={current}\0"), malformed),
        ("14 line feed", format!("t={T},v1={current}\n"), malformed),
        ("16 the twentieth fits", format!("t={T}{},v1={current}", many(19, &stranger)), ok),
        ("16 one too many", format!("t={T},v1={current}{}", many(20, &stranger)), malformed),
        ("16 10,000 v1", format!("t={T}{}", many(10_000, &current)), malformed),
        ("16 64 KB", format!("t={T},v1={current},v0={}", "a".repeat(65_536)), malformed),
        ("16 4 KB", format!("t={T},v1={current},v0={}", "a".repeat(4096 - 84)), ok),
        ("16 4 KB and a byte", format!("t={T},v1={current},v0={}", "a".repeat(4096 - 83)), malformed),
        ("no t", format!("v1={current}"), malformed),
        ("no v1", format!("t={T}"), malformed),
        ("only commas", ",,,".into(), malformed),
        ("trailing comma", format!("t={T},v1={current},"), malformed),
        ("leading comma", format!(",t={T},v1={current}"), malformed),
        ("no scheme", format!("t={T},v1={current},=x"), malformed),
        ("no equals sign", format!("t={T},v1={current},v0"), malformed),
        ("odd scheme", format!("t={T},v1={current},v_0=x"), malformed),
        ("semicolons", format!("t={T};v1={current}"), malformed),
        ("another t than was signed", format!("t={},v1={current}", T + 1), mismatch),
    ];
    for (scenario, header, expected) in table {
        assert_eq!(verdict(BODY, &header, at(T)), expected.map(str::to_owned), "{scenario}: {header:.200}");
    }
}

/// Scenario A15: each would be right if `t` were read as a lenient parser reads it.
#[test]
fn a_timestamp_is_canonical_decimal_or_the_header_is_malformed() {
    let good = hex(BODY, "whsec_current");
    for t in [
        "",
        "00",
        "01700000000",
        "+1700000000",
        "-1700000000",
        "-1",
        "1_700_000_000",
        "1700000000.0",
        "1.7e9",
        "0x6553f100",
        "NaN",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "17000000000",
        "1700000000000",
        "١٧٠٠٠٠٠٠٠٠",
        "１７０００００００００",
        " 1700000000",
        "1700000000=",
    ] {
        let mut header = format!("t={t},v1={good}");
        assert_eq!(verdict(BODY, &header, at(T)), Err("signature_malformed"), "{t}");
        // Nor does signing those very digits help.
        let tag = mac::hmac_sha256(b"whsec_current", &[t.as_bytes(), b".", BODY]);
        header = format!("t={t},v1={}", mac::to_hex(&tag));
        assert_eq!(verdict(BODY, &header, at(T)), Err("signature_malformed"), "{t}, signed");
    }
}

/// Scenarios A6 to A9.
#[test]
fn three_hundred_seconds_are_in_time_and_three_hundred_and_one_are_not() {
    let header = sign(BODY, "whsec_current", at(T));
    let ok = Ok("current".to_owned());
    let nearly = Duration::from_millis(999);
    for (now, expected) in [
        (at(T), ok.clone()),
        (at(T + 300), ok.clone()),
        (at(T + 300) + nearly, ok.clone()),
        (at(T + 301), Err("timestamp_stale")),
        (at(T + 600), Err("timestamp_stale")),
        (at(T + 86_400 * 365), Err("timestamp_stale")),
        (at(T - 300), ok.clone()),
        (at(T - 300) - nearly, ok),
        (at(T - 301), Err("timestamp_future")),
        (at(T - 600), Err("timestamp_future")),
        (at(0), Err("timestamp_future")),
        (at(0) - Duration::from_secs(86_400 * 365 * 100), Err("timestamp_future")),
    ] {
        assert_eq!(verdict(BODY, &header, now), expected, "{now:?}");
    }
}

#[test]
fn clocks_at_both_ends_of_what_a_system_can_say_do_not_panic() {
    let first = at(0) - Duration::from_secs(1 << 62);
    let last = at(1 << 62);
    for t in [0, 1, 9_999_999_999] {
        let header = sign(BODY, "whsec_current", at(t));
        assert_eq!(verdict(BODY, &header, first), Err("timestamp_future"));
        assert_eq!(verdict(BODY, &header, last), Err("timestamp_stale"));
        assert_eq!(verdict(BODY, &header, at(t)), Ok("current".into()));
    }
    assert!(sign(BODY, "whsec_current", first).starts_with("t=0,"), "before 1970 counts as 1970");
    assert_eq!(verdict(BODY, sign(BODY, "whsec_current", last), last), Err("signature_malformed"));
}

#[test]
fn the_tolerance_is_a_parameter_and_zero_does_not_switch_it_off() {
    let within = |seconds, now| {
        let header = sign(BODY, "whsec_current", at(T));
        let body = Bytes::from_static(BODY);
        verify_within(body, Some(header.as_bytes()), &ring(), at(now), Duration::from_secs(seconds))
            .map(|verified| verified.secret_version)
    };
    assert_eq!(within(0, T), Ok("current".into()));
    assert_eq!(within(0, T + 1), Err(Rejection::TimestampStale(Duration::from_secs(1))));
    assert_eq!(within(0, T - 1), Err(Rejection::TimestampFuture(Duration::from_secs(1))));
    assert_eq!(within(900, T + 900), Ok("current".into()));
    assert_eq!(within(u64::MAX, T + 1_000_000_000), Ok("current".into()));
}

#[test]
fn an_unsigned_request_is_never_told_that_it_is_late() {
    let header = sign(BODY, "whsec_stranger", at(T));
    for now in [at(T), at(T + 10_000), at(T - 10_000)] {
        assert_eq!(verdict(BODY, &header, now), Err("signature_mismatch"));
    }
}

/// Scenarios A18 to A20 and A31: the MAC is over bytes as received, whatever they are.
#[test]
fn a_body_counts_byte_by_byte() {
    for body in [&b""[..], b"\xff\xfe\0", b"\xef\xbb\xbf{}", b"{}\r\n", b"\x1f\x8b\x08\0", "₹".as_bytes()] {
        let header = sign(body, "whsec_current", at(T));
        assert_eq!(verdict(body, &header, at(T)), Ok("current".into()), "{body:?}");
    }
    let header = sign(b"{\"a\": 1}\n", "whsec_current", at(T));
    for altered in [
        &b"{\"a\": 1}"[..],
        b"{\"a\": 1}\r\n",
        b"{\"a\": 1}\n\n",
        b"\xef\xbb\xbf{\"a\": 1}\n",
        b"{\"a\":1}\n",
        b"",
    ] {
        assert_eq!(verdict(altered, &header, at(T)), Err("signature_mismatch"), "{altered:?}");
    }
}

/// The point between `t` and body is where a forger would shift digits from one to the other.
#[test]
fn digits_cannot_move_between_timestamp_and_body() {
    let header = sign(b"5.{}", "whsec_current", at(170_000_000));
    assert_eq!(verdict(b"5.{}", &header, at(170_000_000)), Ok("current".into()));
    let moved = header.replace("t=170000000", "t=1700000005");
    assert_eq!(verdict(b"{}", &moved, at(1_700_000_005)), Err("signature_mismatch"));
}

#[test]
fn without_a_header_the_signature_is_missing() {
    let body = || Bytes::from_static(BODY);
    for header in [None, Some(&b""[..])] {
        let rejection = verify(body(), header, &ring(), at(T)).unwrap_err();
        assert_eq!(rejection.code(), "signature_missing");
    }
}

/// Scenario G117: an empty key would let anybody sign.
#[test]
fn without_a_secret_nothing_verifies() {
    let blank = [("current", ""), ("previous", " \t\r\n")];
    for secrets in [Ring::default(), Ring::new(blank)] {
        for key in ["", " \t\r\n", "whsec_current"] {
            let header = sign(BODY, key, at(T));
            for header in [Some(header.as_bytes()), Some(b"nonsense".as_slice()), None] {
                let verdict = verify(Bytes::from_static(BODY), header, &secrets, at(T));
                assert_eq!(verdict.unwrap_err(), Rejection::SecretMissing);
            }
        }
    }
    let half_blank = Ring::new([("current", ""), ("previous", "whsec_previous")]);
    let by =
        |key| verify(Bytes::from_static(BODY), Some(sign(BODY, key, at(T)).as_bytes()), &half_blank, at(T));
    assert_eq!(by("").unwrap_err(), Rejection::SignatureMismatch);
    assert_eq!(by("whsec_previous").unwrap().secret_version, "previous");
}

#[test]
fn the_key_is_the_whole_secret_never_decoded() {
    let header = sign(BODY, [0xde, 0xad, 0xbe, 0xef], at(T));
    let secrets = Ring::new([("current", "whsec_3q2+7w==")]);
    let verdict = verify(Bytes::from_static(BODY), Some(header.as_bytes()), &secrets, at(T));
    assert_eq!(verdict.unwrap_err(), Rejection::SignatureMismatch);
    let header = sign(BODY, "3q2+7w==", at(T));
    let verdict = verify(Bytes::from_static(BODY), Some(header.as_bytes()), &secrets, at(T));
    assert_eq!(verdict.unwrap_err(), Rejection::SignatureMismatch);
}

#[test]
fn a_rejection_names_neither_header_nor_secret() {
    let header = "t=1700000000,v1=CANARY";
    let rejection = verify(Bytes::from_static(BODY), Some(header.as_bytes()), &ring(), at(T)).unwrap_err();
    let said = format!("{rejection} {rejection:?}");
    assert!(!said.contains("CANARY") && !said.contains("whsec"), "{said}");
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

fn any_secret() -> impl Strategy<Value = String> {
    "whsec_[a-zA-Z0-9+/=]{1,90}"
}

/// A ring of one to four secrets, versioned by their place.
fn any_secrets() -> impl Strategy<Value = Vec<String>> {
    prop::collection::hash_set(any_secret(), 1..5).prop_map(|secrets| secrets.into_iter().collect())
}

fn ring_of(secrets: &[String]) -> Ring {
    Ring::new(secrets.iter().enumerate().map(|(place, secret)| (place.to_string(), secret.as_str())))
}

proptest! {
    #[test]
    fn accepted_is_every_body_under_every_live_secret_within_the_tolerance_and_nothing_else(
        body in any_body(),
        secrets in any_secrets(),
        which in any::<Index>(),
        t in 0u64..10_000_000_000,
        off in -1000i64..1000,
    ) {
        let which = which.index(secrets.len());
        let header = sign(&body, &secrets[which], at(t));
        let distance = Duration::from_secs(off.unsigned_abs());
        let now = if off < 0 { at(t) - distance } else { at(t) + distance };
        let verdict = verify(body.clone().into(), Some(header.as_bytes()), &ring_of(&secrets), now);
        match off {
            301.. => prop_assert_eq!(verdict.unwrap_err(), Rejection::TimestampStale(distance)),
            ..=-301 => prop_assert_eq!(verdict.unwrap_err(), Rejection::TimestampFuture(distance)),
            _ => {
                let verified = verdict.unwrap();
                prop_assert_eq!(verified.secret_version, which.to_string());
                prop_assert_eq!(verified.body, body);
            }
        }
    }

    #[test]
    fn one_flipped_bit_of_the_body_rejects(mut body in any_body(), at_byte in any::<Index>(), bit in 0..8u8) {
        prop_assume!(!body.is_empty());
        let header = sign(&body, "whsec_current", at(T));
        let place = at_byte.index(body.len());
        body[place] ^= 1 << bit;
        prop_assert_eq!(verdict(&body, header, at(T)), Err("signature_mismatch"));
    }

    #[test]
    fn one_flipped_bit_of_the_header_rejects(body in any_body(), at_byte in any::<Index>(), bit in 0..8u8) {
        let mut header = sign(&body, "whsec_current", at(T)).into_bytes();
        let place = at_byte.index(header.len());
        header[place] ^= 1 << bit;
        prop_assert!(verdict(&body, header, at(T)).is_err());
    }

    #[test]
    fn one_flipped_bit_of_the_tag_rejects(body in any_body(), place in 0..32usize, bit in 0..8u8) {
        let mut tag = mac::hmac_sha256(b"whsec_current", &[b"1700000000.", &body]);
        let header = |tag: &[u8]| format!("t=1700000000,v1={}", mac::to_hex(tag));
        prop_assert!(verdict(&body, header(&tag), at(T)).is_ok());
        tag[place] ^= 1 << bit;
        prop_assert_eq!(verdict(&body, header(&tag), at(T)), Err("signature_mismatch"));
    }

    #[test]
    fn one_flipped_bit_of_the_secret_rejects(
        body in any_body(), secret in any_secret(), at_byte in any::<Index>(), bit in 0..7u8,
    ) {
        let header = sign(&body, &secret, at(T));
        let mut other = secret.into_bytes();
        let place = at_byte.index(other.len());
        other[place] ^= 1 << bit;
        let secrets = Ring::new([("current", String::from_utf8(other).unwrap())]);
        let verdict = verify(body.into(), Some(header.as_bytes()), &secrets, at(T));
        prop_assert_eq!(verdict.unwrap_err(), Rejection::SignatureMismatch);
    }

    #[test]
    fn arbitrary_bytes_as_header_never_panic_and_never_verify(
        body in any_body(), header in prop::collection::vec(any::<u8>(), 0..5000),
    ) {
        prop_assert!(verdict(&body, header, at(T)).is_err());
    }

    #[test]
    fn headers_nearly_right_never_panic_and_never_verify(
        body in any_body(),
        pieces in prop::collection::vec(
            select(vec!["t=", "t=1700000000", "v1=", "v0=", ",", "=", "v1=0", GOLDEN, "1700000000", " ", "é"]),
            0..40,
        ),
    ) {
        prop_assume!(body != BODY);
        prop_assert!(verdict(&body, pieces.concat(), at(T)).is_err());
    }

    #[test]
    fn neither_order_nor_number_of_v1_nor_unknown_schemes_matter(
        body in any_body(),
        elements in (0..19usize, prop::collection::vec(("[a-zA-Z][a-zA-Z0-9]{0,7}", "[!-+\\--~]{0,40}"), 0..10))
            .prop_flat_map(|(strangers, unknown)| {
                let known = ["t", "v1"];
                let unknown = unknown.into_iter().filter(move |(scheme, _)| !known.contains(&scheme.as_str()));
                let mut elements: Vec<String> =
                    unknown.map(|(scheme, value)| format!("{scheme}={value}")).collect();
                elements.extend((0..strangers).map(|n| format!("v1={n:064x}")));
                elements.extend(["TIME".into(), "GOOD".into()]);
                Just(elements).prop_shuffle()
            }),
    ) {
        let good = hex(&body, "whsec_previous");
        let told = |good: &str| elements.iter().map(|element| match element.as_str() {
            "TIME" => format!("t={T}"),
            "GOOD" => format!("v1={good}"),
            other => other.to_owned(),
        }).collect::<Vec<_>>().join(",");
        prop_assert_eq!(verdict(&body, told(&good), at(T)), Ok("previous".to_owned()));
        prop_assert_eq!(verdict(&body, told(&"0".repeat(64)), at(T)), Err("signature_mismatch"));
    }
}
