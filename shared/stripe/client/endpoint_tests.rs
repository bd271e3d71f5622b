use serde_json::{Value, json};

use super::*;
use crate::outgoing::scripted::{Scripted, Turn, ok, status, within};

const GONE: &str = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such webhook endpoint"}}"#;

async fn told(turns: impl IntoIterator<Item = Turn>) -> (Scripted, Client) {
    let provider = Scripted::new(turns).await;
    let client = Client::new(&provider.base, "sk_test_hush").unwrap();
    (provider, client)
}

fn body(id: &str, secret: Option<&str>) -> Value {
    let mut body = json!({
        "id": id, "object": "webhook_endpoint", "status": "enabled", "url": "https://pay.example/hook",
        "enabled_events": ["charge.refunded", "payment_intent.succeeded"], "api_version": null,
        "metadata": { "payonce_stack": "payonce/test", "payonce_rotation": "token-1" },
    });
    if let Some(secret) = secret {
        body["secret"] = secret.into();
    }
    body
}

#[tokio::test]
async fn an_endpoint_is_made_under_its_rotation_s_mark_and_asked_for_once() {
    let new = NewEndpoint {
        url: "https://pay.example/hook",
        events: &["a.b", "c.d"],
        api_version: Some("2024-06-20"),
        stack: "payonce/test",
        rotation: "token-1",
    };
    let (provider, client) = told([ok(body("we_1", Some("whsec_new")).to_string())]).await;
    let made = client.create_endpoint(within(2_000), &new).await.ok().unwrap();
    assert_eq!((made.id.as_str(), made.secret.as_deref(), made.enabled), ("we_1", Some("whsec_new"), true));
    assert_eq!(made.rotation.as_deref(), Some("token-1"));
    let heard = &provider.heard()[0];
    assert_eq!(heard.line, "POST /v1/webhook_endpoints");
    // The same key would bring back an endpoint that was deleted since.
    assert!(!heard.head.contains("idempotency-key"), "{}", heard.head);
    let fields: Vec<&str> = heard.body.split('&').filter(|field| !field.starts_with("description")).collect();
    assert_eq!(
        fields,
        [
            "url=https%3A%2F%2Fpay.example%2Fhook",
            "metadata%5Bpayonce_stack%5D=payonce%2Ftest",
            "metadata%5Bpayonce_rotation%5D=token-1",
            "api_version=2024-06-20",
            "enabled_events%5B0%5D=a.b",
            "enabled_events%5B1%5D=c.d",
        ]
    );
    let (provider, client) = told([status(500, "{}"), ok("{}")]).await;
    let lost = client.create_endpoint(within(2_000), &new).await.err().unwrap();
    assert!(matches!(lost, Fault::Unknown { .. }), "{lost}");
    assert_eq!(provider.heard().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_none_and_cannot_be_taken_away_twice() {
    let (provider, client) = told(std::iter::repeat_n(status(404, GONE), 3)).await;
    assert!(client.endpoint(within(2_000), "we_1").await.unwrap().is_none());
    client.disable_endpoint(within(2_000), "we_1").await.unwrap();
    client.delete_endpoint(within(2_000), "we_1").await.unwrap();
    let path = "/v1/webhook_endpoints/we_1";
    assert_eq!(provider.lines(), [format!("GET {path}"), format!("POST {path}"), format!("DELETE {path}")]);
    assert_eq!(provider.heard()[1].body, "disabled=true");
    assert!(client.delete_endpoint(within(2_000), "we_1/../x").await.is_err());
}

#[tokio::test]
async fn all_endpoints_are_listed_and_one_is_given_its_events() {
    let page = |body: Value, more: bool| ok(json!({ "data": [body], "has_more": more }).to_string());
    let mut foreign = body("we_2", None);
    foreign["metadata"] = json!({});
    foreign["status"] = "disabled".into();
    foreign["api_version"] = "2020-08-27".into();
    let (provider, client) =
        told([page(body("we_1", None), true), page(foreign, false), ok(body("we_1", None).to_string())])
            .await;
    let found = client.endpoints(within(2_000)).await.unwrap();
    assert_eq!(found[0].events, ["charge.refunded", "payment_intent.succeeded"]);
    assert_eq!((found[0].stack.as_deref(), found[0].secret.as_deref()), (Some("payonce/test"), None));
    assert_eq!((found[1].enabled, found[1].stack.as_deref()), (false, None));
    assert_eq!(found[1].api_version.as_deref(), Some("2020-08-27"));
    client.subscribe_endpoint(within(2_000), "we_1", &["*"]).await.ok().unwrap();
    let heard = provider.heard();
    assert_eq!(heard[1].line, "GET /v1/webhook_endpoints?limit=100&starting_after=we_1");
    assert_eq!(heard[2].body, "enabled_events%5B0%5D=%2A");
}
