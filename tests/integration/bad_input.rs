//! What comes in from the internet: every refusal has its own code and costs the database nothing, and nothing that is
//! signed, however odd, is more than a verdict.
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::lambda::MAX_BODY_BYTES;
use payonce::{razorpay, stripe};
use payonce_tests::{Checkout, House, Instance, Proxy, STRIPE_SECRET, in_a_house, in_a_house_with, signed};
use serde_json::{Value, json};

const BOTH: [Provider; 2] = [Stripe, Razorpay];

#[test]
fn every_refusal_has_its_own_code_and_sends_the_database_not_one_byte() {
    in_a_house(async |house: &House| {
        let proxy = Proxy::start(&house.cluster.pool).await;
        let url = house.url_at(proxy.port);
        for provider in BOTH {
            let paid = house.topup(provider, 5, 500).await.paid();
            let instance = function(house, provider, &[("DATABASE_URL", &url)]).await;
            assert_eq!(get(&instance, "/v1/health").await.0, 200);
            let before = proxy.bytes();
            for (name, headers, body, status, code) in refusals(provider, &paid) {
                let reply = instance.post(headers, &body).await.unwrap();
                assert_eq!(
                    (reply.status, &reply.body["code"]),
                    (status, &code.into()),
                    "{} {name}",
                    provider.name()
                );
                assert_eq!(reply.body["status"], status);
                assert_eq!(reply.headers["content-type"], "application/problem+json");
                assert!(reply.body["request_id"].as_str().is_some_and(|id| id.len() == 36));
            }
            assert_eq!(proxy.bytes(), before, "the database was asked");
            assert!(before > 0, "the connection was never open");
            let reply = instance.deliver(provider, &paid).await.unwrap();
            assert_eq!((reply.status, reply.body["outcome"].as_str()), (200, Some("credits_granted")));
        }
        assert_eq!(house.count("payonce.webhook_events").await, 2);
    });
}

fn refusals(provider: Provider, paid: &str) -> Vec<(&'static str, Value, String, u16, &'static str)> {
    let header = if provider == Stripe { "stripe-signature" } else { "x-razorpay-signature" };
    let now = SystemTime::now();
    let sign = |body: &str| signed(provider, body.as_bytes(), now);
    let right = sign(paid)[header].as_str().unwrap().to_owned();
    let with_body = |name, body: &str, code| (name, sign(body), body.to_owned(), 400, code);
    let with_header = |name, value: &str, code| (name, json!({ header: value }), paid.to_owned(), 400, code);
    let mut cases = vec![
        ("no header", json!({}), paid.to_owned(), 400, "signature_missing"),
        with_header("an empty header", "", "signature_missing"),
        with_header("no signature at all", "hello", "signature_malformed"),
        with_header(
            "upper case",
            &right.to_uppercase().replacen("T=", "t=", 1).replacen("V1=", "v1=", 1),
            "signature_malformed",
        ),
        with_header("one digit short", &right[..right.len() - 1], "signature_malformed"),
        with_header("two headers joined", &format!("{right},{right}"), "signature_malformed"),
        with_header("not ASCII", &format!("{right}é"), "signature_malformed"),
        with_header("64 KB", &"v1=a,".repeat(13_000), "signature_malformed"),
        ("another body", sign(paid), format!("{paid}\n"), 400, "signature_mismatch"),
        ("an empty body", sign(paid), String::new(), 400, "signature_mismatch"),
        (
            "the other provider's header",
            signed(if provider == Stripe { Razorpay } else { Stripe }, paid.as_bytes(), now),
            paid.to_owned(),
            400,
            "signature_missing",
        ),
        with_body("signed and empty", "", "body_not_json"),
        with_body("signed and half", &paid[..paid.len() / 2], "body_not_json"),
        with_body("signed with a byte order mark", &format!("\u{feff}{paid}"), "body_not_json"),
        with_body("signed and twice", &format!("{paid}{paid}"), "body_not_json"),
        with_body("signed and null", "null", "event_malformed"),
        with_body("signed and an array", &format!("[{paid}]"), "event_malformed"),
        with_body("signed and no event", "{}", "event_malformed"),
        with_body(
            "signed, imitating a schedule",
            r#"{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}"#,
            "event_malformed",
        ),
        with_body(
            "signed, imitating a queue",
            r#"{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}"#,
            "event_malformed",
        ),
        with_body(
            "signed, imitating a rotation",
            r#"{"Step":"createSecret","SecretId":"arn","ClientRequestToken":"t"}"#,
            "event_malformed",
        ),
        ("too large", sign(paid), "a".repeat(MAX_BODY_BYTES + 1), 413, "body_too_large"),
    ];
    if provider == Stripe {
        let at = |time| json!({ header: stripe::sign(paid.as_bytes(), STRIPE_SECRET, time) });
        let minute = Duration::from_secs(60);
        cases.push(("signed long ago", at(now - 6 * minute), paid.to_owned(), 400, "timestamp_stale"));
        cases.push(("signed in the future", at(now + 6 * minute), paid.to_owned(), 400, "timestamp_future"));
        let other = stripe::sign(paid.as_bytes(), "whsec_of_somebody_else", now);
        cases.push(with_header("another secret", &other, "signature_mismatch"));
        cases.push(with_header("v0 alone", &right.replace("v1=", "v0="), "signature_malformed"));
        let thin =
            r#"{"id":"evt_thin","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered"}"#;
        cases.push(with_body("signed and thin", thin, "thin_event_unsupported"));
    } else {
        let other = razorpay::sign(paid.as_bytes(), "of somebody else");
        cases.push(with_header("another secret", &other, "signature_mismatch"));
    }
    cases
}

#[test]
fn without_a_secret_nothing_is_believed_and_the_code_says_so() {
    for (name, provider) in [("STRIPE_WEBHOOK_SECRET", Stripe), ("RAZORPAY_WEBHOOK_SECRET", Razorpay)] {
        for blank in ["", "  "] {
            in_a_house_with(&[(name, blank)], async |house: &House| {
                let paid = house.topup(provider, 5, 500).await.paid();
                let header = if provider == Stripe { "stripe-signature" } else { "x-razorpay-signature" };
                let by_nothing = match provider {
                    Stripe => stripe::sign(paid.as_bytes(), blank, house.now()),
                    Razorpay => razorpay::sign(paid.as_bytes(), blank),
                };
                for headers in
                    [signed(provider, paid.as_bytes(), house.now()), json!({ header: by_nothing }), json!({})]
                {
                    let answer = house.post(provider, headers, &paid).await;
                    assert_eq!((answer.status, &answer.body["code"]), (400, &"secret_missing".into()));
                }
                assert_eq!(house.count("payonce.webhook_events").await, 0);
            });
        }
    }
}

#[test]
fn every_path_takes_a_post_every_other_method_is_405_and_every_other_path_404() {
    in_a_house(async |house: &House| {
        for (provider, paths) in
            [(Stripe, &stripe_webhook::PATHS[..]), (Razorpay, &razorpay_webhook::PATHS[..])]
        {
            let instance = function(house, provider, &[]).await;
            for path in paths {
                let body = house.topup(provider, 5, 500).await.paid();
                let headers = signed(provider, body.as_bytes(), house.now());
                let reply =
                    instance.request(&invocation("POST", path, headers.clone(), &body)).await.unwrap();
                assert_eq!(
                    (reply.status, reply.body["outcome"].as_str()),
                    (200, Some("credits_granted")),
                    "{path}"
                );
                for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post", ""] {
                    let reply =
                        instance.request(&invocation(method, path, headers.clone(), &body)).await.unwrap();
                    // An answer to HEAD has no body.
                    let code = (method != "HEAD").then_some("method_not_allowed");
                    assert_eq!((reply.status, reply.body["code"].as_str()), (405, code), "{method} {path}");
                    assert_eq!(reply.headers["allow"], "POST");
                }
            }
            let body = house.topup(provider, 5, 500).await.paid();
            let headers = signed(provider, body.as_bytes(), house.now());
            for path in [
                "",
                "/x",
                "//",
                "/v1/health",
                "/v1/meta",
                "/V1/webhooks/stripe",
                "/v1/webhooks/stripe/",
                "/v1/webhooks/stripe/../../",
                "/%2e",
                "*",
            ] {
                let reply =
                    instance.request(&invocation("POST", path, headers.clone(), &body)).await.unwrap();
                assert_eq!((reply.status, reply.body["code"].as_str()), (404, Some("not_found")), "{path}");
            }
        }
        assert_eq!(house.count("payonce.webhook_events").await, 10);
    });
}

#[test]
fn meta_and_health_answer_without_a_database() {
    in_a_house(async |house: &House| {
        let nowhere = house.url_at(1);
        for provider in BOTH {
            let instance = function(
                house,
                provider,
                &[("DATABASE_URL", &nowhere), ("STAGE", "qa"), ("APP_ID", "teashop")],
            )
            .await;
            assert_eq!(get(&instance, "/v1/health").await, (200, json!({ "status": "ok" })));
            let (status, meta) = get(&instance, "/v1/meta").await;
            assert_eq!((status, &meta["app"], &meta["stage"]), (200, &"teashop".into(), &"qa".into()));
            let last = payonce::db::migrate::MIGRATIONS.last().map(|(version, _)| *version);
            assert_eq!(meta["schema_version"].as_str(), last);
            assert_eq!(meta["functions"], payonce::db::release::schema());
            assert!(meta["version"].is_string() && meta["git_sha"].is_string());
        }
    });
}

#[test]
fn an_invocation_that_is_no_request_is_refused_and_the_process_lives_on() {
    in_a_house(async |house: &House| {
        let instance = function(house, Stripe, &[]).await;
        for other in [
            json!({}),
            json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} }),
            json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "m", "body": "{}" }] }),
            json!({ "Step": "createSecret", "SecretId": "arn", "ClientRequestToken": "t" }),
            json!({ "httpMethod": "POST", "path": "/", "body": "{}" }),
        ] {
            let reply = instance.request(&other).await.unwrap();
            assert_eq!((reply.status, reply.body["code"].as_str()), (404, Some("not_found")), "{other}");
        }
        // Not even an object: an error of the invocation, as the platform wants it, and no panic.
        for other in [json!(null), json!([]), json!("x"), json!({ "headers": 5 }), json!({ "body": {} })] {
            let _ = instance.invoke(&other, Duration::from_secs(5)).await.expect("an answer");
        }
        let paid = house.topup(Stripe, 5, 500).await.paid();
        assert_eq!(instance.deliver(Stripe, &paid).await.unwrap().status, 200);
    });
}

#[test]
fn base64_and_plain_bodies_get_the_same_verdict_and_bad_base64_a_400() {
    in_a_house(async |house: &House| {
        for provider in BOTH {
            let instance = function(house, provider, &[]).await;
            let post = async |headers: &Value, body: &str, base64: bool| {
                let mut invocation = invocation("POST", "/", headers.clone(), body);
                invocation["isBase64Encoded"] = base64.into();
                let reply = instance.request(&invocation).await.unwrap();
                (
                    reply.status,
                    reply.body["code"].as_str().or(reply.body["outcome"].as_str()).unwrap().to_owned(),
                )
            };
            let paid = house.topup(provider, 5, 500).await.paid();
            let rightly = signed(provider, paid.as_bytes(), house.now());
            let encoded = STANDARD.encode(&paid);
            assert_eq!(post(&rightly, &encoded, true).await, (200, "credits_granted".into()));
            assert_eq!(post(&rightly, &paid, false).await, (200, "credits_granted".into()));
            assert_eq!(post(&rightly, &encoded, false).await, (400, "signature_mismatch".into()));
            assert_eq!(post(&json!({}), &paid, false).await, post(&json!({}), &encoded, true).await);
            for bad in [
                paid.as_str(),
                "a",
                "====",
                &format!("{encoded}!"),
                &format!(" {encoded}"),
                &encoded.replace('e', "_"),
            ] {
                assert_eq!(post(&rightly, bad, true).await, (400, "body_not_base64".into()), "{bad:.20}");
            }
            let too_large = STANDARD.encode(vec![b'a'; MAX_BODY_BYTES + 1]);
            assert_eq!(post(&rightly, &too_large, true).await, (413, "body_too_large".into()));
            // Compressed by somebody on the way, and signed so: bytes are bytes, nothing is unpacked.
            for bytes in [&b"\x1f\x8b\x08\x00\x00\x00\x00\x00"[..], b"\xff\xfe{}", b"{\"id\":\"\xc3\x28\"}"] {
                let headers = signed(provider, bytes, house.now());
                assert_eq!(
                    post(&headers, &STANDARD.encode(bytes), true).await,
                    (400, "body_not_utf8".into())
                );
            }
        }
        assert_eq!(house.count("payonce.webhook_events").await, 2);
    });
}

#[test]
fn a_header_s_name_may_come_in_any_case() {
    in_a_house(async |house: &House| {
        for provider in BOTH {
            let name = if provider == Stripe { "Stripe-Signature" } else { "X-Razorpay-Signature" };
            for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
                let paid = house.topup(provider, 5, 500).await.paid();
                let value = signed(provider, paid.as_bytes(), house.now())
                    .as_object()
                    .unwrap()
                    .values()
                    .next()
                    .unwrap()
                    .clone();
                let answer = house
                    .post(provider, json!({ name: value, "Content-Type": "application/json" }), &paid)
                    .await;
                assert_eq!(answer.status, 200, "{}", answer.body);
            }
        }
    });
}

#[test]
fn a_body_of_1_mib_and_a_body_100000_deep_are_events_like_any_other() {
    in_a_house(async |house: &House| {
        for provider in BOTH {
            let instance = function(house, provider, &[]).await;
            let about = house.topup(provider, 5, 500).await;
            let mut large = about.paid();
            large.push_str(&" ".repeat(MAX_BODY_BYTES - large.len()));
            let reply = instance.deliver(provider, &large).await.unwrap();
            assert_eq!((reply.status, reply.body["outcome"].as_str()), (200, Some("credits_granted")));

            let deep =
                |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            for (number, deep) in [deep("[", "]"), deep("{\"a\":", "}")].into_iter().enumerate() {
                let inside = match provider {
                    Stripe => format!(
                        r#"{{"id":"evt_deep{number}","object":"event","type":"a.b","livemode":false,"data":{deep}}}"#
                    ),
                    Razorpay => {
                        format!(r#"{{"entity":"event","event":"a.b","payload":{deep},"extra":{number}}}"#)
                    }
                };
                let reply = instance.deliver(provider, &inside).await.unwrap();
                assert_eq!((reply.status, reply.body["outcome"].as_str()), (200, Some("unhandled_type")));
                for bare in [deep.clone(), deep.replace(['}', ']'], "")] {
                    let reply = instance.deliver(provider, &bare).await.unwrap();
                    assert_eq!(reply.status, 400, "{}", reply.body);
                }
            }
        }
    });
}

/// What a field may hold that nobody expects, as JSON text.
const ODD: [&str; 16] = [
    "null",
    "true",
    "0",
    "-1",
    "1.0",
    "1e400",
    "9223372036854775807",
    "9223372036854775808",
    "\"\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\\ud800\"",
    "[]",
    "{}",
    "\"🍵\"",
    "\"x'; drop table payonce.orders; --\"",
];

#[test]
fn whatever_a_signed_event_holds_in_any_field_is_a_verdict_and_never_a_fault() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 1_000).await;
        let mut verdicts = std::collections::BTreeMap::<String, usize>::new();
        for (provider, kinds) in [
            (
                Stripe,
                &[
                    "checkout.session.completed",
                    "payment_intent.succeeded",
                    "payment_intent.payment_failed",
                    "refund.updated",
                    "charge.refunded",
                    "charge.dispute.created",
                ][..],
            ),
            (
                Razorpay,
                &["payment.captured", "payment.failed", "refund.processed", "payment.dispute.created"][..],
            ),
        ] {
            for kind in kinds {
                let order = house.order(provider, &[("darjeeling", 1)]).await;
                for body in odd_events(&order, kind) {
                    let answer = house.deliver(provider, &body).await;
                    let said = format!(
                        "{} {}",
                        answer.status,
                        answer.body["code"].as_str().or(answer.body["outcome"].as_str()).unwrap()
                    );
                    assert!([200, 400].contains(&answer.status), "{said}: {body}");
                    *verdicts.entry(said).or_default() += 1;
                }
            }
        }
        println!("{verdicts:#?}");
        let refused = "select coalesce(string_agg(event_type || ': ' || last_error, '; '), '') from payonce.webhook_events
            where outcome in ('effect_refused', 'constraint_refused', 'change_refused')";
        assert_eq!(house.text(refused).await, "", "the database had to refuse what reading should have");
        assert_eq!(house.count("payonce.orders").await, 10, "nobody dropped it");
    });
}

/// The event with each of its fields, at any depth, replaced by each odd value, missing, and there twice.
fn odd_events(about: &Checkout, kind: &str) -> Vec<String> {
    let whole: Value = serde_json::from_str(&about.tells(kind)).unwrap();
    let mut paths = Vec::new();
    collect(&whole, String::new(), &mut paths);
    let mut bodies = Vec::new();
    for path in &paths {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let marked = |mark: &str| {
            // Its own identity, unless that is what is odd.
            let mut event: Value = serde_json::from_str(&about.tells(kind)).unwrap();
            *event.pointer_mut(path).unwrap() = mark.into();
            (event.to_string(), format!("\"{mark}\""))
        };
        for odd in ODD {
            let (body, mark) = marked("put-it-here");
            bodies.push(body.replace(&mark, odd));
        }
        let mut event: Value = serde_json::from_str(&about.tells(kind)).unwrap();
        if let Some(fields) = event.pointer_mut(parent).unwrap().as_object_mut() {
            fields.remove(name);
            bodies.push(event.to_string());
            let (body, mark) = marked("put-it-here");
            bodies.push(body.replace(&mark, &format!("1,\"{name}\":2")));
        }
    }
    bodies
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    if let Some(fields) = value.as_object() {
        for (name, inner) in fields {
            let path = format!("{path}/{name}");
            paths.push(path.clone());
            collect(inner, path, paths);
        }
    }
}

async fn function(house: &House, provider: Provider, changes: &[(&str, &str)]) -> Instance {
    house.start(&format!("{}-webhook", provider.name()), changes).await
}

fn invocation(method: &str, path: &str, headers: Value, body: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": path, "headers": headers, "body": body, "isBase64Encoded": false,
        "requestContext": { "http": { "method": method, "path": path } },
    })
}

async fn get(instance: &Instance, path: &str) -> (u16, Value) {
    let reply = instance.request(&invocation("GET", path, json!({}), "")).await.unwrap();
    (reply.status, reply.body)
}
