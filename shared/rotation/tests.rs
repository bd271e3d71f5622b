use serde_json::json;

use super::*;

#[test]
fn what_secrets_manager_sends_is_read_and_what_is_missing_is_named() {
    let event = json!({ "Step": "setSecret", "SecretId": "arn:1", "ClientRequestToken": "t-1", "RotationToken": "r" });
    let read = Request::read(&event).unwrap();
    assert_eq!((read.step, read.secret.as_str(), read.token.as_str()), (Step::Set, "arn:1", "t-1"));
    assert_eq!(read.rotation_token.as_deref(), Some("r"));
    for name in ["Step", "SecretId", "ClientRequestToken"] {
        let mut event = event.clone();
        event[name] = "".into();
        assert_eq!(Request::read(&event), Err(format!("the event has no {name}")));
    }
    let odd = json!({ "Step": "dropSecret", "SecretId": "arn:1", "ClientRequestToken": "t-1" });
    assert_eq!(Request::read(&odd), Err("dropSecret is no step".into()));
}

#[test]
fn a_secret_that_is_made_up_is_64_hex_digits_and_never_the_same() {
    let (one, other) = (made_up().unwrap(), made_up().unwrap());
    assert_eq!(one.len(), 64);
    assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(one, other);
}
