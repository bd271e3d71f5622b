//! Keys of the providers: of the wrong mode, refused, changed, not there; and nothing else suffers from it.
use std::path::PathBuf;
use std::time::Duration;

use payonce::rotation::Step;
use payonce_tests::providers::FakeStripe;
use payonce_tests::till::{invocation, new_key, order};
use payonce_tests::{House, Instance, Reply, SecretsManager, binary, environment, in_a_house, on_a_runtime};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::desk::types;
use super::{Bench, EVENTS, STEPS, URL, field};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_wrong_key_of_stripe_s_is_in_the_way_of_stripe_s_endpoint_alone() {
    on_a_runtime(async {
        for wrong in ["sk_live_canary", "canary"] {
            let key = [("STRIPE_SECRET_KEY", wrong)];
            let bench = Bench::reading(Some("old"), Some("generated"), &key).await;
            bench.rotate().await;
            let bench = Bench::reading(Some("whsec_1"), Some("stripe-endpoint"), &key).await;
            let token = bench.secrets.begins_rotation(&bench.id).await;
            let refused = bench.step(Step::Create, &token).await.unwrap_err();
            assert_eq!(refused.code(), "secret_unusable");
            assert!(!refused.to_string().contains("canary"), "{refused}");
        }
    });
}

#[test]
fn rotate_secret_starts_with_a_wrong_key_and_rotates_what_needs_none() {
    on_a_runtime(async {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("wrong-key", Some("old"), Some("generated")).await;
        let key = secrets.keep("wrong-key", Some("sk_live_of_the_other_mode"), None).await;
        let mut settings = SecretsManager::settings_at(&secrets.base);
        settings.push(("STRIPE_SECRET_KEY_SECRET_ID".into(), key));
        let token = secrets.begins_rotation(&id).await;
        let rotates = Instance::start(&binary("rotate-secret"), &settings, None).await;
        for step in STEPS {
            let event = json!({ "Step": step.name(), "SecretId": id, "ClientRequestToken": token });
            rotates.invoke(&event, PATIENCE).await.expect("it lives").unwrap();
        }
        secrets.ends_rotation(&id, &token).await;
    });
}

/// A desk whose secrets are kept in Secrets Manager.
async fn desk(settings: &[(String, String)], args: &str, input: &str) -> (i32, String) {
    let (settings, args, input) = (settings.to_vec(), args.to_owned(), input.to_owned());
    let typed =
        tokio::task::spawn_blocking(move || types(&settings, &args.split(' ').collect::<Vec<_>>(), &input));
    typed.await.unwrap()
}

#[test]
fn a_key_that_cannot_be_used_is_not_put_in_and_one_that_is_in_can_be_replaced() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let stripe = secrets.keep("keys-stripe", Some("sk_live_wrong"), None).await;
        let razorpay = secrets.keep("keys-razorpay", Some("first"), None).await;
        let service = secrets.keep("keys-service", Some("service-of-before"), Some("generated")).await;
        let mut settings = house.settings(&[
            ("STRIPE_SECRET_KEY_SECRET_ID", &stripe),
            ("RAZORPAY_KEY_SECRET_SECRET_ID", &razorpay),
            ("SERVICE_TOKEN_SECRET_ID", &service),
        ]);
        settings.extend(SecretsManager::settings_at(&secrets.base));
        let refuses = async |settings: &[(String, String)], args: &str, input: &str, why: &[&str]| {
            let (code, said) = desk(settings, args, input).await;
            assert!(code != 0 && why.iter().all(|why| said.contains(why)), "{args}: {said}");
            assert!(!said.contains("canary"), "{said}");
        };
        let works = async |args: &str, input: &str| {
            let (code, said) = desk(&settings, args, input).await;
            assert_eq!(code, 0, "{args}: {said}");
        };

        refuses(&settings, "secrets rotate SERVICE_TOKEN", "", &["secrets rotate SERVICE_TOKEN --here"])
            .await;
        works("secrets rotate SERVICE_TOKEN --here", "").await;
        let other_mode = ["is a live key, and LIVEMODE is false", "PAYMENTS_MODE=disabled", "--untried"];
        refuses(&settings, "secrets put STRIPE_SECRET_KEY", "rk_live_canary", &other_mode).await;
        assert_eq!(secrets.value(&stripe, "AWSCURRENT").await.as_deref(), Some("sk_live_wrong"));
        works("secrets put STRIPE_SECRET_KEY --untried", "sk_live_another").await;
        works("secrets put STRIPE_SECRET_KEY", "sk_test_right").await;
        assert_eq!(secrets.value(&stripe, "AWSCURRENT").await.as_deref(), Some("sk_test_right"));

        let put = "secrets put RAZORPAY_KEY_SECRET --key-id";
        refuses(&settings, &format!("{put} rzp_live_1"), "canary", &other_mode).await;
        works(&format!("{put} rzp_test_2"), "second").await;
        let kept = secrets.value(&razorpay, "AWSCURRENT").await.unwrap();
        assert_eq!(
            (field(&kept, "key_id"), field(&kept, "key_secret")),
            ("rzp_test_2".into(), "second".into())
        );
        refuses(&settings, "secrets put RAZORPAY_KEY_SECRET", "canary", &["--key-id rzp_"]).await;

        let sandbox = [&settings[..], &[("PAYMENTS_MODE".to_owned(), "sandbox".to_owned())]].concat();
        for name in ["STRIPE_SECRET_KEY", "RAZORPAY_KEY_SECRET"] {
            let why = ["does not start beside a key", "first deploy PAYMENTS_MODE=disabled"];
            refuses(&sandbox, &format!("secrets put {name}"), "sk_test_canary", &why).await;
        }
    });
}

#[test]
fn a_secret_put_in_within_the_overlap_still_has_the_replaced_endpoint_switched_off() {
    in_a_house(async |house: &House| {
        let (secrets, stripe) = (SecretsManager::shared().await, FakeStripe::start().await);
        let [(first, _), (second, _)] = [(); 2].map(|()| stripe.endpoint_at_the_desk(URL, &EVENTS));
        let document = json!({ "secret": "whsec_2", "endpoint": second, "replaces": first }).to_string();
        let id = secrets.keep("within", Some(&document), Some("stripe-endpoint")).await;
        let base = stripe.base();
        let own = |overlap, key| {
            let mut settings = house.settings(&[
                ("STRIPE_WEBHOOK_SECRET", ""),
                ("STRIPE_WEBHOOK_SECRET_SECRET_ID", id.as_str()),
                ("STRIPE_SECRET_KEY", key),
                ("STRIPE_API_BASE", &base),
                ("ROTATION_OVERLAP_SECONDS", overlap),
            ]);
            settings.extend(SecretsManager::settings_at(&secrets.base));
            settings
        };
        let kept = async || {
            let kept = secrets.value(&id, "AWSCURRENT").await.unwrap();
            ["secret", "endpoint", "replaces"].map(|name| field(&kept, name))
        };
        let (lasts, over) = (own("3600", ""), own("0", FakeStripe::KEY));
        let (code, said) = desk(&lasts, "secrets put STRIPE_WEBHOOK_SECRET", "whsec_3").await;
        assert!(
            code != 0 && said.contains(&format!("{first} was replaced")) && said.contains("--endpoint"),
            "{said}"
        );

        // Without a key it is left to the sweeper, which reads it where it is kept.
        let put = format!("secrets put STRIPE_WEBHOOK_SECRET --endpoint {second}");
        let (code, said) = desk(&lasts, &put, "whsec_3").await;
        assert!(code == 0 && said.contains("until the sweeper switches it off"), "{said}");
        assert_eq!(kept().await, ["whsec_3", &second, &first]);
        assert_eq!(stripe.endpoints()[0]["status"], "enabled");
        let (code, said) = desk(&own("3600", FakeStripe::KEY), &put, "whsec_4").await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(kept().await, ["whsec_4", &second, &first]);
        assert_eq!(
            (&stripe.endpoints()[0]["status"], &stripe.endpoints()[1]["status"]),
            (&json!("disabled"), &json!("enabled"))
        );

        // Back to the first one: never is the one in force what is to be switched off.
        let back = format!("secrets put STRIPE_WEBHOOK_SECRET --endpoint {first}");
        let (code, said) = desk(&lasts, &back, "whsec_1").await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(kept().await, ["whsec_1", &first, &second]);
        let (code, said) = desk(&over, "secrets put STRIPE_WEBHOOK_SECRET", "whsec_5").await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(secrets.value(&id, "AWSCURRENT").await.as_deref(), Some("whsec_5"));
    });
}

#[test]
fn the_replaced_endpoint_is_switched_off_while_payments_are_disabled_and_without_a_key_that_is_said_once() {
    in_a_house(async |house: &House| {
        let (secrets, stripe) = (SecretsManager::shared().await, FakeStripe::start().await);
        let (old, _) = stripe.endpoint_at_the_desk(URL, &EVENTS);
        let document = json!({ "secret": "whsec_2", "endpoint": "we_2", "replaces": old }).to_string();
        let id = secrets.keep("retired", Some(&document), Some("stripe-endpoint")).await;
        let base = stripe.base();
        let folder = PathBuf::from(environment("PAYONCE_TEST_SERVERS"));
        std::fs::create_dir_all(&folder).unwrap();
        let log = folder.join(format!("{}-sweeper.log", house.name));
        for (key, disabled) in [("", Value::Null), (FakeStripe::KEY, json!(1)), (FakeStripe::KEY, json!(0))] {
            let mut settings = house.settings(&[
                ("PAYMENTS_MODE", "disabled"),
                ("STRIPE_WEBHOOK_SECRET", ""),
                ("STRIPE_WEBHOOK_SECRET_SECRET_ID", &id),
                ("STRIPE_SECRET_KEY", key),
                ("STRIPE_API_BASE", &base),
                ("ROTATION_OVERLAP_SECONDS", "0"),
            ]);
            settings.extend(SecretsManager::settings_at(&secrets.base));
            let sweeper = Instance::start(&binary("sweeper"), &settings, Some(&log)).await;
            let report = sweeper.invoke(&json!({}), PATIENCE).await.expect("it lives").expect("a report");
            assert_eq!(report["endpoints_disabled"], disabled, "{report}");
            assert_eq!(report["expired"], 0);
        }
        assert_eq!(stripe.endpoints()[0]["status"], "disabled");
        let log = std::fs::read_to_string(&log).unwrap();
        assert_eq!(log.matches("old_endpoint_not_disabled").count(), 1, "{log}");
        assert!(!log.contains("sweeper_failed"), "{log}");
    });
}

#[test]
fn a_checkout_that_meets_an_old_key_goes_on_with_the_new_one() {
    in_a_house(async |house: &House| {
        let (secrets, stripe) = (SecretsManager::shared().await, FakeStripe::start().await);
        let id = secrets.keep("revoked", Some("sk_test_revoked"), None).await;
        house.stock("oolong", 40_000, 1).await;
        let base = stripe.base();
        let mut settings = house.settings(&[
            ("PAYMENTS_MODE", "live"),
            ("STRIPE_SECRET_KEY_SECRET_ID", &id),
            ("STRIPE_API_BASE", &base),
            ("CHECKOUT_TOKEN_SECRET", "tokens-of-the-house"),
            ("PUBLIC_ORIGIN_ALLOWLIST", "https://shop.example"),
        ]);
        settings.extend(SecretsManager::settings_at(&secrets.base));
        let checkout = Instance::start(&binary("checkout"), &settings, None).await;
        let (key, body) = (new_key(), order(payonce::inbox::Provider::Stripe, &[("oolong", 1)]));
        let opens = async || -> Reply {
            let headers = json!({ "idempotency-key": key });
            let post = invocation("POST", "/v1/checkout", headers, body.to_string().into());
            checkout.request(&post).await.expect("it lives")
        };
        let refused = opens().await;
        assert_eq!((refused.status, refused.body["code"].as_str()), (502, Some("provider_refused")));
        secrets.put(&id, FakeStripe::KEY).await;
        // Nobody looks more often.
        sleep(Duration::from_millis(3_100)).await;
        let opened = opens().await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        assert_eq!((stripe.sessions(), house.count("payonce.orders").await), (1, 1));
    });
}
