use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::*;
use crate::secret::Secret;

fn read(pairs: &[(&str, &str)]) -> Result<Webhook, Unusable> {
    let table: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    from(&|name| table.get(name).cloned(), |source| Webhook::read(source, "STRIPE_WEBHOOK_SECRET"))
}

#[test]
fn every_missing_or_unusable_name_is_reported_at_once_and_no_value_is() {
    let error = read(&[
        ("DATABASE_POOL_MAX", "99"),
        ("LIVEMODE", "maybe"),
        ("STRIPE_WEBHOOK_SECRET_PREVIOUS", "whsec_hush"),
    ])
    .err()
    .unwrap()
    .to_string();
    for name in ["DATABASE_URL", "DATABASE_POOL_MAX", "LIVEMODE", "STRIPE_WEBHOOK_SECRET_PREVIOUS_UNTIL"] {
        assert!(error.contains(name), "{name}: {error}");
    }
    assert!(!error.contains("whsec_hush"));
}

#[test]
fn a_missing_webhook_secret_does_not_stop_the_function() {
    let config = read(&[("DATABASE_URL", "postgres://x"), ("STRIPE_WEBHOOK_SECRET", "  ")]).unwrap();
    assert!(config.secrets.is_empty());
}

#[test]
fn the_previous_secret_is_live_until_its_time_is_over() {
    let config = read(&[
        ("DATABASE_URL", "postgres://x"),
        ("STRIPE_WEBHOOK_SECRET", "new"),
        ("STRIPE_WEBHOOK_SECRET_PREVIOUS", "old"),
        ("STRIPE_WEBHOOK_SECRET_PREVIOUS_UNTIL", "2000000000"),
    ])
    .unwrap();
    let until = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    let versions = |at| config.secrets.live(at).iter().map(|s| s.version().to_owned()).collect::<Vec<_>>();
    assert_eq!(versions(until - Duration::from_secs(1)), ["current", "previous"]);
    assert_eq!(versions(until), ["current"]);
}

#[test]
fn razorpay_s_mode_follows_its_key() {
    let config = read(&[("DATABASE_URL", "postgres://x"), ("RAZORPAY_KEY_ID", "rzp_live_abc")]).unwrap();
    assert!(config.expected.razorpay_livemode && !config.expected.livemode);
}

fn gateway(pairs: &[(&str, &str)]) -> Result<Gateway, Unusable> {
    let table: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    from(&|name| table.get(name).cloned(), Gateway::read)
}

const RAZORPAY_TEST: [(&str, &str); 2] = [("RAZORPAY_KEY_ID", "rzp_test_1"), ("RAZORPAY_KEY_SECRET", "hush")];

#[test]
fn providers_are_reached_as_their_keys_and_the_mode_say() {
    let (stripe_test, stripe_live) =
        (("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_SECRET_KEY", " rk_live_1\n"));
    let [id, secret] = RAZORPAY_TEST;
    let (live, livemode) = (("PAYMENTS_MODE", "live"), ("LIVEMODE", "true"));
    use PaymentsMode::{Disabled, Live, Sandbox};
    for (pairs, expect) in [
        (vec![], (Disabled, false, None, None)),
        (vec![("PAYMENTS_MODE", "disabled"), stripe_test], (Disabled, false, Some(&b"sk_test_1"[..]), None)),
        (vec![("PAYMENTS_MODE", "sandbox")], (Sandbox, false, None, None)),
        (vec![live, stripe_test], (Live, false, Some(&b"sk_test_1"[..]), None)),
        (vec![live, id, secret], (Live, false, None, Some("rzp_test_1"))),
        (vec![live, stripe_test, id, secret], (Live, false, Some(&b"sk_test_1"[..]), Some("rzp_test_1"))),
        (vec![live, livemode, stripe_live], (Live, true, Some(&b"rk_live_1"[..]), None)),
    ] {
        let read = gateway(&pairs).unwrap_or_else(|why| panic!("{pairs:?}: {why}"));
        let stripe = read.stripe.as_ref().and_then(|key| key.secret.current()).map(Secret::expose);
        let razorpay = read.razorpay.as_ref().map(|key| key.id.as_str());
        assert_eq!((read.mode, read.livemode, stripe, razorpay), expect, "{pairs:?}");
        let shown = format!("{read:?}");
        assert!(!shown.contains("hush") && !shown.contains("sk_test_1"), "{shown}");
    }
    let read = gateway(&[live, stripe_test, ("STRIPE_API_BASE", "http://127.0.0.1:9/"), id, secret]).unwrap();
    assert_eq!(read.stripe.unwrap().base, "http://127.0.0.1:9");
    let razorpay = read.razorpay.unwrap();
    assert_eq!(
        (razorpay.base.as_str(), razorpay.secret.current().map(Secret::expose)),
        ("https://api.razorpay.com", Some(&b"hush"[..]))
    );
}

#[test]
fn what_does_not_go_together_is_refused_by_name() {
    let (live, sandbox) = (("PAYMENTS_MODE", "live"), ("PAYMENTS_MODE", "sandbox"));
    let stripe = |key| ("STRIPE_SECRET_KEY", key);
    let real = ("LIVEMODE", "true");
    for (pairs, names) in [
        (vec![("PAYMENTS_MODE", "Live")], vec!["PAYMENTS_MODE"]),
        (vec![live], vec!["STRIPE_SECRET_KEY", "RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET"]),
        (vec![sandbox, real], vec!["PAYMENTS_MODE", "LIVEMODE"]),
        (vec![sandbox, stripe("sk_test_hush")], vec!["PAYMENTS_MODE"]),
        (vec![sandbox, RAZORPAY_TEST[0], RAZORPAY_TEST[1]], vec!["PAYMENTS_MODE"]),
        (vec![live, RAZORPAY_TEST[0]], vec!["RAZORPAY_KEY_SECRET"]),
        (vec![live, RAZORPAY_TEST[1]], vec!["RAZORPAY_KEY_ID"]),
        (vec![live, stripe("sk_live_hush")], vec!["STRIPE_SECRET_KEY", "LIVEMODE"]),
        (vec![live, real, stripe("rk_test_hush")], vec!["STRIPE_SECRET_KEY", "LIVEMODE"]),
        (vec![live, real, stripe("sk_live_1"), RAZORPAY_TEST[0], RAZORPAY_TEST[1]], vec!["RAZORPAY_KEY_ID"]),
        (vec![live, stripe("pk_test_hush")], vec!["STRIPE_SECRET_KEY"]),
        (vec![stripe("whsec_hush")], vec!["STRIPE_SECRET_KEY"]),
        (vec![("STRIPE_API_BASE", "ftp://x")], vec!["STRIPE_API_BASE"]),
        (vec![("STRIPE_API_BASE", "api.stripe.com")], vec!["STRIPE_API_BASE"]),
        (vec![("STRIPE_API_BASE", "https://user:hush@x")], vec!["STRIPE_API_BASE"]),
        (vec![("RAZORPAY_API_BASE", "https://x/?a=hush")], vec!["RAZORPAY_API_BASE"]),
        (vec![("RAZORPAY_API_BASE", "http://x"), real], vec!["RAZORPAY_API_BASE", "LIVEMODE"]),
        (
            vec![live, ("LIVEMODE", "perhaps"), stripe("hush"), RAZORPAY_TEST[1], ("STRIPE_API_BASE", "x y")],
            vec!["LIVEMODE", "STRIPE_SECRET_KEY", "RAZORPAY_KEY_ID", "STRIPE_API_BASE"],
        ),
    ] {
        let error = gateway(&pairs).err().unwrap_or_else(|| panic!("accepted: {pairs:?}")).to_string();
        for name in names {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("hush"), "{error}");
    }
}

fn receipt(pairs: &[(&str, &str)]) -> Result<Receipt, String> {
    let database = [("DATABASE_URL", "postgres://x")];
    let table: HashMap<_, _> = database.iter().chain(pairs).copied().collect();
    from(&|name| table.get(name).map(|value| (*value).to_owned()), Receipt::read)
        .map_err(|error| error.to_string())
}

#[test]
fn receipts_without_a_token_secret_do_not_start() {
    assert!(receipt(&[]).err().unwrap().contains("CHECKOUT_TOKEN_SECRET is missing"));
    assert!(receipt(&[("CHECKOUT_TOKEN_SECRET", "  ")]).err().unwrap().contains("is missing"));
    assert!(receipt(&[("CHECKOUT_TOKEN_SECRET", "sixteen letters!")]).is_ok());
}

#[test]
fn a_token_secret_that_is_short_is_refused_by_its_name() {
    let error = receipt(&[
        ("CHECKOUT_TOKEN_SECRET", "fifteen letters"),
        ("CHECKOUT_TOKEN_SECRET_PREVIOUS", "short too"),
        ("CHECKOUT_TOKEN_SECRET_PREVIOUS_UNTIL", "2000000000"),
    ])
    .err()
    .unwrap();
    assert!(error.contains("CHECKOUT_TOKEN_SECRET must be 16"), "{error}");
    assert!(error.contains("CHECKOUT_TOKEN_SECRET_PREVIOUS must be 16"), "{error}");
    assert!(!error.contains("letters") && !error.contains("short too"), "{error}");
}

#[test]
fn a_seller_has_the_stack_s_name_until_it_is_given_one() {
    let secret = ("CHECKOUT_TOKEN_SECRET", "sixteen letters!");
    let seller = |pairs: &[(&str, &str)]| receipt(&[&[secret], pairs].concat()).unwrap().seller;
    assert_eq!(seller(&[]), Seller { name: "payonce".into(), ..Seller::default() });
    let named = seller(&[
        ("SELLER_NAME", " Varier & Sons "),
        ("SELLER_ADDRESS", "12 MG Road; Kochi 682016;; India "),
        ("SELLER_TAX_ID", "32AAAAA0000A1Z5"),
        ("SELLER_EMAIL", "books@example.com"),
    ]);
    assert_eq!(named.name, "Varier & Sons");
    assert_eq!(named.address, ["12 MG Road", "Kochi 682016", "India"]);
    assert_eq!(
        (named.tax_id.as_deref(), named.email.as_deref()),
        (Some("32AAAAA0000A1Z5"), Some("books@example.com"))
    );
}
