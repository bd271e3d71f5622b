use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::*;

fn request(json: serde_json::Value) -> Result<Request, &'static str> {
    let invocation = serde_json::from_value(json).unwrap();
    Request::read(invocation, "r-1", SystemTime::now(), Instant::now()).map_err(|failure| match failure {
        crate::failure::Failure::Refused { code, .. } => code,
        other => panic!("{other}"),
    })
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
        assert!(matches!(request(json).unwrap().route(&["/"]), Route::Refused(_)));
    }
}

#[test]
fn a_deadline_that_is_past_at_the_start_means_unknown() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    assert!(time_left(0, now) > Duration::from_secs(3_600));
    assert_eq!(time_left(1_800_000_003_000, now), Duration::from_millis(2_800));
}
