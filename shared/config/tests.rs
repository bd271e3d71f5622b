use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::*;
use crate::secret::held::Version;
use crate::secret::{Secret, Stage};

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
        // Keys are put in one by one, before anybody is asked.
        (vec![id], (Disabled, false, None, None)),
        (vec![secret, stripe_test], (Disabled, false, Some(&b"sk_test_1"[..]), None)),
        (vec![id, secret], (Disabled, false, None, Some("rzp_test_1"))),
        (vec![livemode], (Disabled, true, None, None)),
        (vec![livemode, stripe_live], (Disabled, true, Some(&b"rk_live_1"[..]), None)),
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
        // What is refused says how to go on.
        (vec![sandbox, real], vec!["PAYMENTS_MODE", "LIVEMODE", "PAYMENTS_MODE=disabled"]),
        (vec![sandbox, stripe("sk_test_hush")], vec!["PAYMENTS_MODE=disabled first"]),
        (vec![sandbox, RAZORPAY_TEST[0], RAZORPAY_TEST[1]], vec!["PAYMENTS_MODE=disabled first"]),
        (vec![sandbox, RAZORPAY_TEST[1]], vec!["PAYMENTS_MODE=disabled first"]),
        (vec![live, RAZORPAY_TEST[0]], vec!["RAZORPAY_KEY_SECRET"]),
        (vec![live, RAZORPAY_TEST[1]], vec!["RAZORPAY_KEY_ID"]),
        (vec![live, stripe("sk_live_hush")], vec!["STRIPE_SECRET_KEY", "LIVEMODE"]),
        (vec![live, real, stripe("rk_test_hush")], vec!["STRIPE_SECRET_KEY", "LIVEMODE"]),
        (vec![live, real, stripe("sk_live_1"), RAZORPAY_TEST[0], RAZORPAY_TEST[1]], vec!["RAZORPAY_KEY_ID"]),
        (vec![live, stripe("pk_test_hush")], vec!["STRIPE_SECRET_KEY"]),
        (vec![stripe("whsec_hush")], vec!["STRIPE_SECRET_KEY"]),
        (vec![real, stripe("sk_test_hush")], vec!["STRIPE_SECRET_KEY", "LIVEMODE"]),
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

/// Settings whose `RAZORPAY_KEY_SECRET` Secrets Manager keeps as `kept`.
fn with_kept_razorpay(kept: &str, pairs: &[(&str, &str)]) -> Result<Gateway, Unusable> {
    let own = [("PAYMENTS_MODE", "live"), ("RAZORPAY_KEY_SECRET_SECRET_ID", "shop/razorpay")];
    let table: HashMap<_, _> = own.iter().chain(pairs).copied().collect();
    let version = Version {
        stage: Stage::Current,
        id: "5c1f".into(),
        text: kept.into(),
        created: SystemTime::UNIX_EPOCH,
    };
    let held = Held::default().with("RAZORPAY_KEY_SECRET", vec![version], Some(Duration::ZERO));
    from_both(&|name| table.get(name).map(|value| (*value).to_owned()), &held, Gateway::read)
}

#[test]
fn the_id_kept_with_razorpay_s_secret_counts_over_the_one_that_is_set() {
    let set = ("RAZORPAY_KEY_ID", "rzp_test_set");
    let document = r#"{"key_id": "rzp_test_kept", "key_secret": "hush"}"#;
    for (kept, pairs, id) in [
        (document, vec![set], "rzp_test_kept"),
        (document, vec![], "rzp_test_kept"),
        ("hush", vec![set], "rzp_test_set"),
    ] {
        let razorpay = with_kept_razorpay(kept, &pairs).unwrap().razorpay.unwrap();
        assert_eq!(razorpay.id, id);
        assert_eq!(razorpay.secret.current().map(Secret::expose), Some(&b"hush"[..]));
    }
    let live = r#"{"key_id": "rzp_live_kept", "key_secret": "hush"}"#;
    let error = with_kept_razorpay(live, &[set]).err().unwrap().to_string();
    assert!(
        error.contains("the key_id in RAZORPAY_KEY_SECRET is a live key, and LIVEMODE is false"),
        "{error}"
    );
    // The webhooks know their mode by it, so it has to fit as well.
    let error =
        with_kept_razorpay(document, &[("RAZORPAY_KEY_ID", "rzp_live_set")]).err().unwrap().to_string();
    assert!(error.contains("RAZORPAY_KEY_ID is a live key, and LIVEMODE is false"), "{error}");
}

#[test]
fn a_key_is_told_by_its_letters_before_it_is_put_in() {
    for (name, value, livemode, why) in [
        ("STRIPE_SECRET_KEY", "sk_live_hush", true, None),
        ("STRIPE_SECRET_KEY", r#"{"secret": "rk_test_hush"}"#, false, None),
        ("STRIPE_SECRET_KEY", "sk_test_hush", true, Some("is a test key, and LIVEMODE is true")),
        ("STRIPE_SECRET_KEY", "whsec_hush", false, Some("starts with none of sk_live_, rk_live_")),
        ("RAZORPAY_KEY_SECRET", "hush", true, None),
        ("RAZORPAY_KEY_SECRET", r#"{"key_id": "rzp_live_1", "key_secret": "hush"}"#, true, None),
        (
            "RAZORPAY_KEY_SECRET",
            r#"{"key_id": "rzp_live_1", "key_secret": "hush"}"#,
            false,
            Some("is a live key"),
        ),
        ("RAZORPAY_KEY_SECRET", r#"{"key_id": "rzp_live_1"}"#, true, Some("has a key_id and no key_secret")),
        ("RAZORPAY_KEY_SECRET", "rzp_live_hush", true, Some("is a key's id, not its secret")),
        ("SERVICE_TOKEN", "anything", true, None),
    ] {
        let said = unusable_key(name, value, livemode);
        assert_eq!(said.is_some(), why.is_some(), "{name} {value}: {said:?}");
        assert!(why.is_none_or(|why| said.as_ref().unwrap().contains(why)), "{said:?}");
        assert!(!said.unwrap_or_default().contains("hush"));
    }
}

#[test]
fn the_region_is_aws_region_or_else_aws_default_region() {
    let read = |pairs: &[(&str, &str)]| {
        let own = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let table: HashMap<_, _> = own.iter().chain(pairs).copied().collect();
        from(&|name| table.get(name).map(|value| (*value).to_owned()), Aws::read).map(|aws| aws.region)
    };
    let (region, default) = (("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "ap-south-1"));
    assert_eq!(read(&[region, default]).unwrap(), "eu-west-1");
    assert_eq!(read(&[("AWS_REGION", ""), default]).unwrap(), "ap-south-1");
    assert!(read(&[]).err().unwrap().to_string().contains("AWS_REGION is missing"));
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
