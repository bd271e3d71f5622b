//! Secrets that are kept elsewhere, and what becomes of requests while that is down, asked in vain, or told something new.
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use payonce::stripe;
use payonce_tests::{
    Gate, House, Instance, Passage, Reply, STRIPE_SECRET, SecretsManager, binary, environment, in_a_house,
};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

/// What a process reads whose secret of Stripe's is `id`, with these changes.
fn settings(house: &House, base: &str, id: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = [("STRIPE_WEBHOOK_SECRET", ""), ("STRIPE_WEBHOOK_SECRET_SECRET_ID", id)];
    let mut settings = house.settings(&[&own, changes].concat());
    settings.extend(SecretsManager::settings_at(base));
    settings
}

async fn start(settings: &[(String, String)]) -> Instance {
    Instance::start(&binary("stripe-webhook"), settings, None).await
}

fn event() -> String {
    let created = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let id = format!("evt_{}", Uuid::now_v7().simple());
    json!({ "id": id, "object": "event", "type": "customer.created", "created": created, "livemode": false,
            "data": { "object": { "id": "cus_1" } } })
    .to_string()
}

async fn deliver(instance: &Instance, secret: &str) -> Reply {
    let body = event();
    let headers = json!({ "stripe-signature": stripe::sign(body.as_bytes(), secret, SystemTime::now()) });
    instance.post(headers, &body).await.expect("it lives")
}

/// The status of the answer, and its code where it has one.
fn said(reply: &Reply) -> (u16, String) {
    let code =
        reply.body["error"]["code"].as_str().or(reply.body["code"].as_str()).or(reply.body["error"].as_str());
    (reply.status, code.unwrap_or_default().to_owned())
}

#[test]
fn a_flood_of_forgeries_costs_a_look_every_three_seconds_and_refuses_nothing_valid() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("flood", Some(STRIPE_SECRET), None).await;
        let gate = Gate::before(&secrets.base).await;
        let instance = start(&settings(house, &gate.base, &id, &[])).await;
        assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200);
        let (at_the_start, since) = (gate.values_asked(), Instant::now());
        let (mut forged, mut valid) = (0, 0);
        while since.elapsed() < Duration::from_secs(8) {
            for _ in 0..10 {
                assert_eq!(deliver(&instance, "whsec_somebody_else_s").await.status, 400);
                forged += 1;
            }
            assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200);
            valid += 1;
        }
        // Three versions a look.
        let looks = (gate.values_asked() - at_the_start).div_ceil(3);
        let most = since.elapsed().as_secs() / 3 + 1;
        println!("{forged} forged and {valid} valid in {:?}: {looks} looks", since.elapsed());
        assert!((1..=most).contains(&looks), "{looks} looks, at most {most}");
        assert!(forged > 50, "{forged}");
    });
}

#[test]
fn what_is_held_serves_while_secrets_manager_does_not_answer_until_it_is_too_old() {
    for passage in [Passage::Shut, Passage::Throttled] {
        in_a_house(async |house: &House| {
            let secrets = SecretsManager::shared().await;
            let id = secrets.keep("down", Some(STRIPE_SECRET), None).await;
            let gate = Gate::before(&secrets.base).await;
            let log = PathBuf::from(environment("PAYONCE_TEST_SERVERS"));
            std::fs::create_dir_all(&log).unwrap();
            let log = log.join(format!("{}-secrets.log", house.name));
            let changes = [("SECRET_TTL_SECONDS", "1"), ("SECRET_STALE_SECONDS", "5")];
            let read = settings(house, &gate.base, &id, &changes);
            let instance = Instance::start(&binary("stripe-webhook"), &read, Some(&log)).await;
            assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200);
            gate.is(passage);
            let since = Instant::now();
            let mut served = 0;
            while since.elapsed() < Duration::from_secs(4) {
                assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200, "{passage:?}");
                served += 1;
                sleep(Duration::from_millis(100)).await;
            }
            assert!(served > 3, "{served}");
            sleep(Duration::from_millis(6_500).saturating_sub(since.elapsed())).await;
            let refused = deliver(&instance, STRIPE_SECRET).await;
            assert_eq!(refused.status, 503, "{:?}", said(&refused));
            gate.is(Passage::Open);
            let again = Instant::now();
            while deliver(&instance, STRIPE_SECRET).await.status != 200 {
                assert!(again.elapsed() < Duration::from_secs(10), "it does not recover");
                sleep(Duration::from_millis(200)).await;
            }
            let log = std::fs::read_to_string(&log).unwrap();
            for line in ["secrets_not_refreshed", "secrets_unavailable"] {
                assert!(log.contains(line), "{line}: {log}");
            }
            assert!(!log.contains(STRIPE_SECRET));
        });
    }
}

#[test]
fn a_secret_without_a_value_or_that_is_not_there_refuses_deliveries_until_it_is() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("empty", None, None).await;
        let instance = start(&settings(house, &secrets.base, &id, &[])).await;
        assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 400);
        secrets.put(&id, STRIPE_SECRET).await;
        sleep(Duration::from_millis(3_200)).await;
        assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200);
        let instance = start(&settings(house, &secrets.base, "no-such-secret", &[])).await;
        assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 400);
    });
}

#[test]
fn what_cannot_be_is_named_at_the_start() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("named", Some(STRIPE_SECRET), None).await;
        let empty = secrets.keep("named", None, None).await;
        let folder = PathBuf::from(environment("PAYONCE_TEST_SERVERS"));
        std::fs::create_dir_all(&folder).unwrap();
        type Changes<'a> = Vec<(&'a str, &'a str)>;
        let cases: [(&str, Changes<'_>, &str); 3] = [
            (
                "stripe-webhook",
                vec![("STRIPE_WEBHOOK_SECRET", "whsec_1")],
                "STRIPE_WEBHOOK_SECRET and STRIPE_WEBHOOK_SECRET_SECRET_ID are both set",
            ),
            ("stripe-webhook", vec![("AWS_REGION", "")], "AWS_REGION is missing"),
            (
                "stripe-webhook",
                vec![("DATABASE_URL", ""), ("DATABASE_URL_SECRET_ID", &empty)],
                "DATABASE_URL",
            ),
        ];
        for (at, (function, changes, named)) in cases.into_iter().enumerate() {
            let log = folder.join(format!("{}-start-{at}.log", house.name));
            let mut read = settings(house, &secrets.base, &id, &[]);
            read.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
            let mut instance = Instance::start(&binary(function), &read, Some(&log)).await;
            let since = Instant::now();
            while instance.ended().is_none() {
                assert!(since.elapsed() < Duration::from_secs(20), "{function} started: {named}");
                sleep(Duration::from_millis(50)).await;
            }
            let log = std::fs::read_to_string(&log).unwrap();
            assert!(log.contains(named), "{named}: {log}");
        }
    });
}

#[test]
fn a_token_opens_what_it_opened_before_its_secret_was_rotated_and_new_ones_open_at_once() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let tokens = secrets.keep("tokens", Some("tokens-of-before-the-rotation"), Some("generated")).await;
        let service = secrets.keep("service", Some("service-of-before"), Some("generated")).await;
        house.stock("darjeeling", 45_000, 1_000).await;
        let own = [
            ("PAYMENTS_MODE", "sandbox"),
            ("CHECKOUT_TOKEN_SECRET_SECRET_ID", tokens.as_str()),
            ("SERVICE_TOKEN_SECRET_ID", &service),
            ("PUBLIC_ORIGIN_ALLOWLIST", "https://shop.example"),
            ("CHECKOUT_RATE_LIMIT_RPM", "1000"),
        ];
        let mut read = house.settings(&own);
        read.extend(SecretsManager::settings_at(&secrets.base));
        let (signs, opens) = (
            Instance::start(&binary("checkout"), &read, None).await,
            Instance::start(&binary("checkout"), &read, None).await,
        );
        let before = opened(&signs, "service-of-before").await;
        assert_eq!(shown(&opens, &before).await, 200);

        for id in [&tokens, &service] {
            let token = secrets.begins_rotation(id).await;
            let rotates = Instance::start(&binary("rotate-secret"), &read, None).await;
            for step in super::STEPS {
                let event = json!({ "Step": step.name(), "SecretId": id, "ClientRequestToken": token });
                rotates.invoke(&event, Duration::from_secs(20)).await.unwrap().unwrap();
            }
            secrets.ends_rotation(id, &token).await;
        }
        let new = secrets.value(&service, "AWSCURRENT").await.unwrap();
        // It was asked nothing since: it learns the new secrets by refusing nobody.
        assert_eq!(shown(&opens, &before).await, 200);
        let fresh = Instance::start(&binary("checkout"), &read, None).await;
        let after = opened(&fresh, &new).await;
        assert_ne!(before["token"], after["token"]);
        assert_eq!(shown(&opens, &after).await, 200);
        opened(&opens, "service-of-before").await;
        opened(&signs, &new).await;
        assert_eq!(shown(&signs, &before).await, 200);
    });
}

#[test]
fn a_link_opens_until_its_own_end_though_the_overlap_is_over_unless_its_secret_is_revoked() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let id = secrets.keep("links", Some("tokens-of-before-the-rotation"), Some("generated")).await;
        house.stock("darjeeling", 45_000, 1_000).await;
        let own = [
            ("PAYMENTS_MODE", "sandbox"),
            ("CHECKOUT_TOKEN_SECRET_SECRET_ID", id.as_str()),
            ("SERVICE_TOKEN", "service-of-the-house"),
            ("PUBLIC_ORIGIN_ALLOWLIST", "https://shop.example"),
            ("CHECKOUT_RATE_LIMIT_RPM", "1000"),
            ("ROTATION_OVERLAP_SECONDS", "0"),
            ("SECRET_TTL_SECONDS", "1"),
        ];
        let mut read = house.settings(&own);
        read.extend(SecretsManager::settings_at(&secrets.base));
        let before = opened(&start_checkout(&read).await, "service-of-the-house").await;
        secrets.put(&id, "tokens-of-after-the-rotation").await;
        let instance = start_checkout(&read).await;
        assert_eq!(shown(&instance, &before).await, 200);
        let (code, said) = super::desk::types(&read, &["secrets", "status"], "");
        assert!(code == 0 && said.contains("accepted until the next rotation"), "{said}");
        let (code, said) = super::desk::types(&read, &["secrets", "revoke", "CHECKOUT_TOKEN_SECRET"], "");
        assert_eq!(code, 0, "{said}");
        sleep(Duration::from_millis(3_200)).await;
        assert_eq!(shown(&instance, &before).await, 404);
    });
}

async fn start_checkout(settings: &[(String, String)]) -> Instance {
    Instance::start(&binary("checkout"), settings, None).await
}

/// A checkout of one tea, by the merchant's backend.
async fn opened(instance: &Instance, service_token: &str) -> Value {
    let body = json!({
        "provider": "stripe",
        "order": { "items": [{ "product": "darjeeling", "qty": 1 }], "email": "asha.rao@example.com",
                   "contact": { "name": "Asha Rao", "city": "Coonoor" } },
        "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/basket",
    });
    let headers = json!({ "idempotency-key": Uuid::now_v7().to_string(), "x-service-token": service_token });
    let post = payonce_tests::till::invocation("POST", "/v1/checkout", headers, body.to_string().into());
    let reply = instance.request(&post).await.expect("it lives");
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body
}

async fn shown(instance: &Instance, opened: &Value) -> u16 {
    let (order, token) = (opened["order"].as_str().unwrap(), opened["token"].as_str().unwrap());
    let path = format!("/v1/checkout/{order}?token={token}");
    let get = payonce_tests::till::invocation("GET", &path, json!({}), Value::Null);
    instance.request(&get).await.expect("it lives").status
}

#[test]
fn a_login_whose_password_is_changed_fails_no_valid_delivery() {
    in_a_house(async |house: &House| {
        let secrets = SecretsManager::shared().await;
        let (one, other) = (format!("{}_one", house.name), format!("{}_other", house.name));
        for login in [&one, &other] {
            house.run(&format!("create role {login} login password 'first' in role payonce_request")).await;
        }
        let url = |login: &str, password: &str| {
            format!("postgres://{login}:{password}@{}/{}?sslmode=disable", house.cluster.server, house.name)
        };
        let id = secrets.keep("database", Some(&url(&one, "first")), None).await;
        let own = [("DATABASE_URL", ""), ("DATABASE_URL_SECRET_ID", id.as_str())];
        let mut read = house.settings(&own);
        read.extend(SecretsManager::settings_at(&secrets.base));
        let instance = start(&read).await;
        assert_eq!(deliver(&instance, STRIPE_SECRET).await.status, 200);

        let ends = |login: &str| {
            format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{login}'")
        };
        let load = async |changes: &mut dyn Iterator<Item = String>, put: &str| {
            // So long a look is not repeated.
            sleep(Duration::from_millis(3_100)).await;
            for at in 0..60 {
                match at {
                    20 => secrets.put(&id, put).await,
                    30.. if at % 10 == 0 => {
                        if let Some(sql) = changes.next() {
                            house.run(&sql).await;
                        }
                    }
                    _ => {}
                }
                let reply = deliver(&instance, STRIPE_SECRET).await;
                assert_eq!(reply.status, 200, "{at}: {}", reply.body);
            }
        };
        // Two logins in turn: the one that is left is closed.
        let mut closes = [format!("alter role {one} nologin"), ends(&one)].into_iter();
        load(&mut closes, &url(&other, "first")).await;
        // One login, in place.
        house.run(&format!("alter role {other} password 'second'")).await;
        let mut closes = [ends(&other)].into_iter();
        load(&mut closes, &url(&other, "second")).await;
        drop(instance);
        for login in [&one, &other] {
            house.run(&ends(login)).await;
            house.run(&format!("drop role {login}")).await;
        }
        assert_eq!(house.count("payonce.webhook_events").await, 121);
    });
}
