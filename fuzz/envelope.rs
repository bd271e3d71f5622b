//! Any bytes, rightly signed, into both readers: they must not panic, must say the same twice, and
//! must not make up what the body does not say.
#![no_main]
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use payonce::inbox::event::{Event, Fact, is_provider_id};
use payonce::money::Money;
use payonce::secret::Ring;
use payonce::{razorpay, stripe};
use serde_json::Value;

const SECRET: &str = "whsec_current";

fuzz_target!(|body: &[u8]| {
    let secrets = Ring::new([("current", SECRET)]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);

    let header = stripe::sign(body, SECRET, now);
    let verified = stripe::verify(body.to_vec().into(), Some(header.as_bytes()), &secrets, now);
    let verified = verified.expect("our own signature verifies");
    if let Ok(event) = stripe::read(verified.clone()) {
        let again = stripe::read(verified).expect("what was readable stays readable");
        sound(&event, &again, body);
        said(body, "id", &event.key);
        said(body, "type", &event.kind);
    }

    let header = razorpay::sign(body, SECRET);
    let verified = razorpay::verify(body.to_vec().into(), Some(header.as_bytes()), None, &secrets);
    let verified = verified.expect("our own signature verifies");
    if let Ok(event) = razorpay::read(verified.clone()) {
        let again = razorpay::read(verified).expect("what was readable stays readable");
        sound(&event, &again, body);
        said(body, "event", &event.kind);
        let hash = ring::digest::digest(&ring::digest::SHA256, body);
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(event.key, hex);
    }
});

/// Fit for the columns it is written to, and a pure function of the bytes.
fn sound(event: &Event, again: &Event, body: &[u8]) {
    assert_eq!(format!("{event:?}"), format!("{again:?}"));
    assert_eq!(&event.verified.body()[..], body);
    assert!(is_provider_id(&event.key) && is_provider_id(&event.kind), "{event:?}");
    assert!(event.account.as_deref().is_none_or(is_provider_id), "{event:?}");
    let unix = event.created.duration_since(SystemTime::UNIX_EPOCH).expect("not before 1970").as_secs();
    assert!(unix == 0 || (1_262_304_000..4_102_444_800).contains(&unix), "{unix}");
    assert!(money(&event.fact).is_none_or(|money| money.minor >= 0), "{event:?}");
    for id in ids(&event.fact) {
        assert!(is_provider_id(id), "{event:?}");
    }
}

fn money(fact: &Fact) -> Option<Money> {
    match fact {
        Fact::Captured(capture) => Some(capture.money),
        Fact::Refunded(refund) => Some(refund.money),
        Fact::RefundsTotalled(_, money) => Some(*money),
        Fact::Disputed(dispute) => Some(dispute.money),
        Fact::Advanced(..) | Fact::Unhandled | Fact::Unusable(_) => None,
    }
}

/// Every provider id the fact would write to a text column.
fn ids(fact: &Fact) -> impl Iterator<Item = &str> {
    let (payment, own) = match fact {
        Fact::Captured(capture) => (Some(&capture.payment), None),
        Fact::Refunded(refund) => (Some(&refund.payment), Some(refund.id.as_str())),
        Fact::Disputed(dispute) => (Some(&dispute.payment), Some(dispute.id.as_str())),
        Fact::Advanced(payment, _) | Fact::RefundsTotalled(payment, _) => (Some(payment), None),
        Fact::Unhandled | Fact::Unusable(_) => (None, None),
    };
    let of_payment =
        payment.into_iter().flat_map(|payment| [&payment.provider_order, &payment.provider_payment]);
    of_payment.flatten().map(String::as_str).chain(own)
}

/// Another parser of the whole body finds the same text there (where it can read the body at all).
fn said(body: &[u8], field: &str, value: &str) {
    if let Ok(whole) = serde_json::from_slice::<Value>(body) {
        assert_eq!(whole[field].as_str(), Some(value), "{field}");
    }
}
