use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;
/// `hmac.new(b"rzp_current", BODY, "sha256")`, by Python.
const GOLDEN: &str = "a3e6cf457830da7ec9f97106b1b2e13b7e1fa12f50238bda4c0b40ca5c85d357";

fn ring() -> Ring {
    Ring::new([("current", "rzp_current"), ("previous", "rzp_previous")])
}

/// The version that verified it, or the code of its rejection.
fn verdict(body: &[u8], header: impl AsRef<[u8]>) -> Result<String, &'static str> {
    verify(Bytes::copy_from_slice(body), Some(header.as_ref()), None, &ring())
        .map(|verified| {
            assert_eq!(verified.body, body, "the bytes that were signed are the bytes that are kept");
            verified.secret_version
        })
        .map_err(Rejection::code)
}

#[test]
fn the_signature_is_the_one_python_computes() {
    assert_eq!(sign(BODY, "rzp_current"), GOLDEN);
}

/// Scenarios A3 to A20, as far as they are about the header's form and its signature.
#[test]
fn every_header_of_the_scenarios_has_its_verdict() {
    let (ok, old) = (Ok("current"), Ok("previous"));
    let (malformed, mismatch) = (Err("signature_malformed"), Err("signature_mismatch"));
    let table: Vec<(&str, String, Result<&str, &str>)> = vec![
        ("1 as sent", GOLDEN.into(), ok),
        ("4 a retry signed with the old secret", sign(BODY, "rzp_previous"), old),
        ("4 the old secret after its end", sign(BODY, "rzp_retired"), mismatch),
        ("5 Stripe's form", format!("t=1700000000,v1={GOLDEN}"), malformed),
        ("5 a scheme", format!("sha256={GOLDEN}"), malformed),
        ("12 two headers joined", format!("{GOLDEN},{GOLDEN}"), malformed),
        ("12 joined with a blank", format!("{GOLDEN}, {GOLDEN}"), malformed),
        ("13 cut", GOLDEN[..63].into(), malformed),
        ("13 cut evenly", GOLDEN[..62].into(), malformed),
        ("13 cut to 128 bits", GOLDEN[..32].into(), malformed),
        ("13 longer", format!("{GOLDEN}0"), malformed),
        ("13 twice as long", GOLDEN.repeat(2), malformed),
        ("13 upper case", GOLDEN.to_uppercase(), malformed),
        ("13 quoted", format!("\"{GOLDEN}\""), malformed),
        ("13 0x", format!("0x{}", &GOLDEN[..62]), malformed),
        ("13 not hex", format!("{}g", &GOLDEN[..63]), malformed),
        ("13 blank before", format!(" {GOLDEN}"), malformed),
        ("13 line feed after", format!("{GOLDEN}\n"), malformed),
        ("14 letters beyond ASCII, 64 bytes", "é".repeat(32), malformed),
        ("14 letters beyond ASCII, 64 letters", "é".repeat(64), malformed),
        ("16 64 KB", "a".repeat(65_536), malformed),
        ("all zeros", "0".repeat(64), mismatch),
    ];
    for (scenario, header, expected) in table {
        assert_eq!(verdict(BODY, &header), expected.map(str::to_owned), "{scenario}: {header:.200}");
    }
}

/// Scenarios A18 to A20 and A31: the MAC is over bytes as received, whatever they are.
#[test]
fn a_body_counts_byte_by_byte() {
    for body in [&b""[..], b"\xff\xfe\0", b"\xef\xbb\xbf{}", b"{}\r\n", b"\x1f\x8b\x08\0", "₹".as_bytes()] {
        assert_eq!(verdict(body, sign(body, "rzp_current")), Ok("current".into()), "{body:?}");
    }
    let header = sign(b"{\"a\": 1}\n", "rzp_current");
    for altered in [
        &b"{\"a\": 1}"[..],
        b"{\"a\": 1}\r\n",
        b"{\"a\": 1}\n\n",
        b"\xef\xbb\xbf{\"a\": 1}\n",
        b"{\"a\":1}\n",
        b"",
    ] {
        assert_eq!(verdict(altered, &header), Err("signature_mismatch"), "{altered:?}");
    }
}

/// Scenario A10: the id is outside the signature, so it can neither save nor spoil a delivery.
#[test]
fn the_event_id_header_is_kept_when_it_is_an_id_and_never_decides() {
    let kept = |id: Option<&str>| {
        let verified = verify(Bytes::from_static(BODY), Some(GOLDEN.as_bytes()), id, &ring()).unwrap();
        verified.header_id
    };
    assert_eq!(kept(Some("EfEYvO5gPlmLo0")), Some("EfEYvO5gPlmLo0".into()));
    assert_eq!(kept(Some(&"a".repeat(255))), Some("a".repeat(255)));
    assert_eq!(kept(None), None);
    let novel = "a".repeat(256);
    for odd in ["", " ", "a b", "a\0b", "a\nb", "é", "'; drop table", "a,b", novel.as_str()] {
        assert_eq!(kept(Some(odd)), None, "{odd:?}");
    }
    let unsigned = verify(Bytes::from_static(BODY), None, Some("EfEYvO5gPlmLo0"), &ring());
    assert_eq!(unsigned.unwrap_err(), Rejection::SignatureMissing);
}

#[test]
fn without_a_header_the_signature_is_missing() {
    for header in [None, Some(&b""[..])] {
        let rejection = verify(Bytes::from_static(BODY), header, None, &ring()).unwrap_err();
        assert_eq!(rejection.code(), "signature_missing");
    }
}

/// Scenario G117: an empty key would let anybody sign.
#[test]
fn without_a_secret_nothing_verifies() {
    let blank = [("current", ""), ("previous", " \t\r\n")];
    for secrets in [Ring::default(), Ring::new(blank)] {
        for key in ["", " \t\r\n", "rzp_current"] {
            let header = sign(BODY, key);
            for header in [Some(header.as_bytes()), Some(b"nonsense".as_slice()), None] {
                let verdict = verify(Bytes::from_static(BODY), header, None, &secrets);
                assert_eq!(verdict.unwrap_err(), Rejection::SecretMissing);
            }
        }
    }
    let half_blank = Ring::new([("current", ""), ("previous", "rzp_previous")]);
    let by = |key| verify(Bytes::from_static(BODY), Some(sign(BODY, key).as_bytes()), None, &half_blank);
    assert_eq!(by("").unwrap_err(), Rejection::SignatureMismatch);
    assert_eq!(by("rzp_previous").unwrap().secret_version, "previous");
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

fn any_secret() -> impl Strategy<Value = String> {
    "[!-~]{1,90}"
}

proptest! {
    #[test]
    fn accepted_is_every_body_under_every_live_secret_and_no_other(
        body in any_body(),
        secrets in prop::collection::hash_set(any_secret(), 2..5),
        which in any::<Index>(),
    ) {
        let secrets: Vec<String> = secrets.into_iter().collect();
        let which = which.index(secrets.len());
        let header = sign(&body, &secrets[which]);
        let judged_by = |live: &dyn Fn(usize) -> bool| {
            let live = secrets.iter().enumerate().filter(|(place, _)| live(*place));
            let ring = Ring::new(live.map(|(place, secret)| (place.to_string(), secret.as_str())));
            verify(body.clone().into(), Some(header.as_bytes()), None, &ring)
        };
        let verified = judged_by(&|_| true).unwrap();
        prop_assert_eq!(verified.secret_version, which.to_string());
        prop_assert_eq!(&verified.body, &body);
        prop_assert_eq!(judged_by(&|place| place != which).unwrap_err(), Rejection::SignatureMismatch);
    }

    #[test]
    fn one_flipped_bit_of_the_body_rejects(mut body in any_body(), at in any::<Index>(), bit in 0..8u8) {
        prop_assume!(!body.is_empty());
        let header = sign(&body, "rzp_current");
        let place = at.index(body.len());
        body[place] ^= 1 << bit;
        prop_assert_eq!(verdict(&body, header), Err("signature_mismatch"));
    }

    #[test]
    fn one_flipped_bit_of_the_header_rejects(body in any_body(), place in 0..64usize, bit in 0..8u8) {
        let mut header = sign(&body, "rzp_current").into_bytes();
        header[place] ^= 1 << bit;
        prop_assert!(verdict(&body, header).is_err());
    }

    #[test]
    fn one_flipped_bit_of_the_tag_rejects(body in any_body(), place in 0..32usize, bit in 0..8u8) {
        let mut tag = mac::hmac_sha256(b"rzp_current", &[&body]);
        tag[place] ^= 1 << bit;
        prop_assert_eq!(verdict(&body, mac::to_hex(&tag)), Err("signature_mismatch"));
    }

    #[test]
    fn one_flipped_bit_of_the_secret_rejects(
        body in any_body(), secret in "[!-~]{2,90}", at in any::<Index>(), bit in 0..7u8,
    ) {
        let header = sign(&body, &secret);
        let mut other = secret.into_bytes();
        let place = at.index(other.len());
        other[place] ^= 1 << bit;
        let secrets = Ring::new([("current", String::from_utf8(other).unwrap())]);
        let verdict = verify(body.into(), Some(header.as_bytes()), None, &secrets);
        prop_assert_eq!(verdict.unwrap_err(), Rejection::SignatureMismatch);
    }

    #[test]
    fn arbitrary_bytes_as_header_never_panic_and_never_verify(
        body in any_body(), header in prop::collection::vec(any::<u8>(), 0..130),
    ) {
        prop_assert!(verdict(&body, header).is_err());
    }

    #[test]
    fn a_guessed_tag_never_verifies(body in any_body(), tag in any::<[u8; 32]>()) {
        prop_assert_eq!(verdict(&body, mac::to_hex(&tag)), Err("signature_mismatch"));
    }
}

#[test]
fn a_checkout_is_verified_by_any_live_key_s_secret_over_our_order_and_its_payment() {
    let ring = Ring::new([("current", "new"), ("previous", "old")]);
    let (order, payment) = ("order_29QQoUBi66xm2f", "pay_29QQoUBi66xm3g");
    for secret in ["new", "old"] {
        assert!(verify_checkout(order, payment, &sign_checkout(order, payment, secret), &ring));
    }
    let good = sign_checkout(order, payment, "new");
    assert!(!verify_checkout(order, payment, &sign_checkout(order, payment, "retired"), &ring));
    assert!(!verify_checkout(order, payment, &good, &Ring::default()));
    assert!(!verify_checkout("order_other", payment, &good, &ring));
    assert!(!verify_checkout(order, "pay_other", &good, &ring));
    for bad in ["", &good[..63], &format!("{good}0"), &good.to_uppercase(), &format!(" {good}")] {
        assert!(!verify_checkout(order, payment, bad, &ring), "{bad}");
    }
    // `hmac.new(b"new", b"order_29QQoUBi66xm2f|pay_29QQoUBi66xm3g", "sha256")`, by Python.
    assert_eq!(good, "0f65bbf957c8083010472ee4de961f9a0e4e75f76a08db04878546256ecdb95f");
}

#[test]
fn a_signature_of_another_kind_never_passes_for_a_checkout() {
    let ring = Ring::new([("current", "key")]);
    for (order, payment) in [
        // A subscription's: payment first.
        ("pay_1", "sub_1"),
        ("pay_1", "order_1"),
        ("sub_1", "pay_1"),
        ("plink_1", "pay_1"),
        ("order_1", "pay_1|paid"),
        ("order_1|pay_2", "pay_1"),
        ("order_", "pay_1"),
        ("order_1", "pay_"),
        ("ORDER_1", "pay_1"),
        ("", ""),
    ] {
        let signature = sign_checkout(order, payment, "key");
        assert!(!verify_checkout(order, payment, &signature, &ring), "{order} {payment}");
    }
}

#[test]
fn every_flipped_bit_of_a_checkout_s_signature_is_refused() {
    let ring = Ring::new([("current", "key")]);
    let good = sign_checkout("order_1", "pay_1", "key");
    for at in 0..good.len() {
        for bit in 0..7 {
            let mut bytes = good.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).unwrap();
            assert!(!verify_checkout("order_1", "pay_1", &flipped, &ring), "{flipped}");
        }
    }
}
