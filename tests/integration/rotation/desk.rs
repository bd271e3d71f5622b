//! `payonce secrets`, as an operator types it.
use std::io::Write;
use std::process::{Command, Stdio};

use payonce_tests::providers::FakeStripe;
use payonce_tests::{House, SecretsManager, binary, in_a_house};

use super::{EVENTS, URL, field};

/// The exit code of `payonce ARGS`, and what it printed.
pub(super) fn types(settings: &[(String, String)], args: &[&str], input: &str) -> (i32, String) {
    let mut process = Command::new(binary("payonce"))
        .args(args)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that reads nothing may have gone.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let done = process.wait_with_output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn secrets_are_put_rotated_shown_and_revoked_and_no_value_is_printed() {
    in_a_house(async |house: &House| {
        let (secrets, stripe) = (SecretsManager::shared().await, FakeStripe::start().await);
        let (endpoint, secret) = stripe.endpoint_at_the_desk(URL, &EVENTS);
        let of_stripe = secrets.keep("desk-stripe", None, Some("stripe-endpoint")).await;
        let service = secrets.keep("desk-service", Some("service-token-canary"), Some("generated")).await;
        let base = stripe.base();
        let own = [
            ("STRIPE_WEBHOOK_SECRET", ""),
            ("STRIPE_WEBHOOK_SECRET_SECRET_ID", of_stripe.as_str()),
            ("SERVICE_TOKEN_SECRET_ID", &service),
            ("STRIPE_SECRET_KEY", FakeStripe::KEY),
            ("STRIPE_API_BASE", &base),
        ];
        let mut settings = house.settings(&own);
        settings.extend(SecretsManager::settings_at(&secrets.base));
        let types = |args: &[&str], input: &str| {
            let (settings, args, input) = (settings.clone(), args.join(" "), input.to_owned());
            async move {
                let typed = tokio::task::spawn_blocking(move || {
                    let args: Vec<&str> = args.split(' ').collect();
                    types(&settings, &args, &input)
                });
                typed.await.unwrap()
            }
        };

        let put = format!("secrets put STRIPE_WEBHOOK_SECRET --endpoint {endpoint}");
        let (code, said) = types(&[&put], &format!("{secret}\n")).await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(field(&secrets.value(&of_stripe, "AWSCURRENT").await.unwrap(), "secret"), secret);

        for name in ["STRIPE_WEBHOOK_SECRET", "SERVICE_TOKEN"] {
            let (code, said) = types(&["secrets rotate", name, "--here"], "").await;
            assert_eq!(code, 0, "{said}");
        }
        let kept = secrets.value(&of_stripe, "AWSCURRENT").await.unwrap();
        assert_eq!(field(&kept, "replaces"), endpoint);
        assert_eq!(secrets.value(&of_stripe, "AWSPENDING").await, None);

        house
            .run(
                "insert into payonce.webhook_events
                   (id, provider, provider_created_at, event_key, event_type, secret_version, status, outcome, received_at, settled_at)
                 values (gen_random_uuid(), 'stripe', now(), 'evt_old', 'customer.created', 'previous@abc', 'ignored', 'unhandled_type', now(), now())",
            )
            .await;
        let (code, status) = types(&["secrets status"], "").await;
        assert_eq!(code, 0, "{status}");
        for told in [
            "current ",
            "previous ",
            "accepted for 2 days more",
            "rotated when asked",
            "previous@abc",
            "1 events",
        ] {
            assert!(status.contains(told), "{told}: {status}");
        }
        for canary in
            ["service-token-canary", "whsec_", &secrets.value(&service, "AWSCURRENT").await.unwrap()]
        {
            assert!(!status.contains(canary), "{canary}: {status}");
        }

        let (code, said) = types(&["secrets revoke STRIPE_WEBHOOK_SECRET"], "").await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(secrets.value(&of_stripe, "AWSPREVIOUS").await, None);
        let shown = stripe.endpoints();
        assert_eq!(shown.iter().find(|one| one["id"] == endpoint.as_str()).unwrap()["status"], "disabled");

        for (args, why) in [
            ("secrets rotate RAZORPAY_WEBHOOK_SECRET", "RAZORPAY_WEBHOOK_SECRET_SECRET_ID"),
            ("secrets rotate SOMETHING", "no secret is called SOMETHING"),
            ("secrets put SERVICE_TOKEN", "nothing on standard input"),
        ] {
            let (code, said) = types(&[args], "").await;
            assert!(code != 0 && said.contains(why), "{args}: {said}");
        }
    });
}

#[test]
fn a_url_that_opens_no_database_is_not_put_in() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let good = house.url_at(house.cluster.pool.rsplit(':').next().unwrap().parse().unwrap());
        let id = secrets.keep("desk-database", Some(&good), None).await;
        let mut settings = house.settings(&[("DATABASE_URL", ""), ("DATABASE_URL_SECRET_ID", &id)]);
        settings.extend(SecretsManager::settings_at(&secrets.base));
        for (url, lands) in
            [("postgres://nobody:wrong@127.0.0.1:1/none?sslmode=disable", false), (good.as_str(), true)]
        {
            let (settings, url) = (settings.clone(), url.to_owned());
            let put = move || types(&settings, &["secrets", "put", "DATABASE_URL"], &url);
            let (code, said) = tokio::task::spawn_blocking(put).await.unwrap();
            assert_eq!(code == 0, lands, "{said}");
            assert!(!said.contains("wrong"), "{said}");
        }
        assert_eq!(secrets.value(&id, "AWSCURRENT").await.as_deref(), Some(good.as_str()));

        // Where the functions reach it and this machine does not.
        let far = "postgres://app:wrong@127.0.0.1:1/far?sslmode=disable";
        for (args, lands) in [
            (&["secrets", "put", "DATABASE_URL"][..], false),
            (&["secrets", "put", "DATABASE_URL", "--untried"], true),
        ] {
            let (code, said) = types(&settings, args, far);
            assert_eq!(code == 0, lands, "{said}");
            assert!(lands || said.contains("--untried"), "{said}");
        }
        assert_eq!(secrets.value(&id, "AWSCURRENT").await.as_deref(), Some(far));
    });
}
