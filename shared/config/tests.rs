use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::*;

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
