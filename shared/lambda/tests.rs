use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::*;
use crate::failure::Failure;

fn request(json: serde_json::Value) -> Result<Request, &'static str> {
    let invocation = serde_json::from_value(json).unwrap();
    Request::read(invocation, "r-1", SystemTime::now(), Instant::now()).map_err(|failure| match failure {
        crate::failure::Failure::Refused { code, .. } => code,
        other => panic!("{other}"),
    })
}

#[test]
fn a_request_without_a_query_may_say_so_with_null() {
    for query in [serde_json::json!(null), serde_json::json!("")] {
        assert!(request(serde_json::json!({ "rawQueryString": query })).unwrap().query("token").is_none());
    }
}

#[test]
fn a_base64_body_and_a_text_body_are_the_same_bytes() {
    let text = request(serde_json::json!({ "body": "{\"a\":1}" })).unwrap();
    let encoded = request(serde_json::json!({ "body": "eyJhIjoxfQ==", "isBase64Encoded": true })).unwrap();
    assert_eq!(text.body, encoded.body);
}

#[test]
fn a_body_that_is_not_the_base64_it_claims_is_a_400_and_one_over_1_mib_a_413() {
    assert_eq!(
        request(serde_json::json!({ "body": "no base64!", "isBase64Encoded": true })).err(),
        Some("body_not_base64")
    );
    assert_eq!(
        request(serde_json::json!({ "body": "a".repeat(MAX_BODY_BYTES + 1) })).err(),
        Some("body_too_large")
    );
    assert!(request(serde_json::json!({ "body": "a".repeat(MAX_BODY_BYTES) })).is_ok());
    let four_thirds = "AAAA".repeat(MAX_BODY_BYTES / 3 + 2);
    assert_eq!(
        request(serde_json::json!({ "body": four_thirds, "isBase64Encoded": true })).err(),
        Some("body_too_large")
    );
}

#[test]
fn an_invocation_of_another_shape_is_an_unknown_path() {
    for json in [
        serde_json::json!({}),
        serde_json::json!({ "source": "aws.events", "detail-type": "Scheduled Event", "resources": [] }),
        serde_json::json!({ "Records": [{ "eventSource": "aws:sqs", "body": "{}" }] }),
        serde_json::json!({ "Step": "createSecret", "SecretId": "arn", "ClientRequestToken": "t" }),
    ] {
        assert!(matches!(request(json).unwrap().route([("POST", "/", ())]), Route::Refused(_)));
    }
}

#[test]
fn a_deadline_that_is_past_at_the_start_means_unknown() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    assert!(time_left(0, now) > Duration::from_secs(3_600));
    assert_eq!(time_left(1_800_000_003_000, now), Duration::from_millis(2_800));
}

#[test]
fn a_path_with_a_part_of_its_own_is_found_and_another_method_is_told_which_it_takes() {
    let ask = |method: &str, path: &str| {
        let http = serde_json::json!({ "method": method, "sourceIp": "2001:db8::7" });
        let json = serde_json::json!({
            "rawPath": path, "rawQueryString": "a=b%20c&token=v1.x&token=later", "requestContext": { "http": http },
        });
        request(json).unwrap()
    };
    let calls = [
        ("GET", "/v1/receipts/{}", 1),
        ("POST", "/v1/receipts/{}/resend", 2),
        ("POST", "/v1/receipts/{}", 3),
    ];
    let found = |method: &str, path: &str| match ask(method, path).route(calls) {
        Route::Call(call) => call.to_string(),
        Route::Refused(Failure::MethodNotAllowed { allow }) => allow,
        Route::Refused(failure) => failure.code().to_owned(),
        _ => "of every function".to_owned(),
    };
    assert_eq!(found("GET", "/v1/receipts/ORD-1"), "1");
    assert_eq!(found("HEAD", "/v1/receipts/ORD-1"), "1");
    assert_eq!(found("POST", "/v1/receipts/ORD-1/resend"), "2");
    assert_eq!(found("DELETE", "/v1/receipts/ORD-1"), "GET, POST");
    for other in
        ["/v1/receipts/", "/v1/receipts", "/v1/receipts/a/b", "/v1/receipts/a/resend/", "//v1/receipts/a"]
    {
        assert_eq!(found("GET", other), "not_found", "{other}");
    }
    let asked = ask("GET", "/v1/receipts/ORD-1");
    assert_eq!((asked.segment(2), asked.segment(9)), ("ORD-1", ""));
    assert_eq!(asked.query("a").as_deref(), Some("b c"));
    assert_eq!(asked.query("token").as_deref(), Some("v1.x"));
    assert_eq!(asked.query("b"), None);
    assert!(asked.source_ip.is_some_and(|ip| ip.is_ipv6()));
}
