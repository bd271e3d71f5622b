//! Webhook endpoints, each with a secret of its own.
//!
//! docs.stripe.com/api/webhook_endpoints: `secret` is in the answer to the making and in no other; a new endpoint is
//! enabled; `api_version` cannot be changed; at most 16 a mode (docs.stripe.com/webhooks). Deleting answers
//! `{"deleted": true}`.
use std::time::SystemTime;

use hyper::Method;
use payonce::stripe;
use serde_json::{Value, json};

use super::api::{Step, list, metadata, one, only, required};
use super::objects::{error, invalid};
use super::{FakeStripe, State};
use crate::providers::form::Form;
use crate::providers::http::Asked;
use crate::providers::{by_id, new_id, text};

const MOST: usize = 16;
const PARAMETERS: &[&str] =
    &["api_version", "connect", "description", "enabled_events", "expand", "metadata", "url"];
const CHANGES: &[&str] = &["description", "disabled", "enabled_events", "expand", "metadata", "url"];

impl State {
    pub(super) fn serve_endpoints(&mut self, asked: &Asked, form: &Form, steps: &[&str]) -> Step<Value> {
        match (&asked.method, steps) {
            (&Method::POST, []) => self.make_endpoint(form),
            (&Method::GET, []) => list("/v1/webhook_endpoints", &self.endpoints, &asked.query, &[]),
            (&Method::GET, [id]) => one(&mut self.endpoints, id, "webhook endpoint", "webhook_endpoint"),
            (&Method::POST, [id]) => self.change_endpoint(id, form),
            (&Method::DELETE, [id]) => {
                one(&mut self.endpoints, id, "webhook endpoint", "webhook_endpoint")?;
                self.endpoints.retain(|endpoint| endpoint["id"] != *id);
                self.endpoint_secrets.remove(*id);
                Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
            }
            _ => Err(error(404, "invalid_request_error", None, None, "Unrecognized request URL")),
        }
    }

    fn make_endpoint(&mut self, form: &Form) -> Step<Value> {
        only(form, PARAMETERS)?;
        let url = form.get("url").ok_or_else(|| required("url"))?;
        if !url.starts_with("http") {
            return Err(invalid(
                Some("url_invalid"),
                "url",
                "Invalid URL: An explicit scheme must be provided.",
            ));
        }
        let (events, metadata) =
            (events(form)?.ok_or_else(|| required("enabled_events"))?, metadata(form, "metadata")?);
        if self.endpoints.len() == MOST {
            let message = "You have reached the maximum of 16 test webhook endpoints.";
            return Err(error(400, "invalid_request_error", None, None, message));
        }
        let (id, secret) = (new_id("we", 18), new_id("whsec", 18));
        let endpoint = json!({
            "id": id, "object": "webhook_endpoint", "api_version": form.get("api_version"), "application": null,
            "created": self.now(), "description": form.get("description"), "enabled_events": events,
            "livemode": false, "metadata": metadata, "status": "enabled", "url": url,
        });
        self.endpoints.push(endpoint.clone());
        self.endpoint_secrets.insert(id, secret.clone());
        let mut shown = endpoint;
        shown["secret"] = secret.into();
        Ok(shown)
    }

    fn change_endpoint(&mut self, id: &str, form: &Form) -> Step<Value> {
        only(form, CHANGES)?;
        let events = events(form)?;
        one(&mut self.endpoints, id, "webhook endpoint", "webhook_endpoint")?;
        let endpoint = by_id(&mut self.endpoints, id).expect("it is there");
        if let Some(events) = events {
            endpoint["enabled_events"] = events.into();
        }
        if let Some(disabled) = form.get("disabled") {
            endpoint["status"] = if disabled == "true" { "disabled" } else { "enabled" }.into();
        }
        if let Some(url) = form.get("url") {
            endpoint["url"] = url.into();
        }
        Ok(endpoint.clone())
    }
}

/// `enabled_events[0]=a&enabled_events[1]=b`; none where they are not said.
fn events(form: &Form) -> Step<Option<Vec<Value>>> {
    let listed: Vec<Value> = match form.object("enabled_events") {
        Value::Object(listed) => listed.into_iter().map(|(_, event)| event).collect(),
        _ => Vec::new(),
    };
    if let Some(odd) =
        listed.iter().filter_map(Value::as_str).find(|event| *event != "*" && !event.contains('.'))
    {
        return Err(invalid(None, "enabled_events", &format!("Invalid enabled_events: {odd}")));
    }
    Ok((!listed.is_empty()).then_some(listed))
}

impl FakeStripe {
    /// Somebody makes an endpoint in Stripe's dashboard. Gives its id and its secret.
    pub fn endpoint_at_the_desk(&self, url: &str, events: &[&str]) -> (String, String) {
        let fields: Vec<String> =
            events.iter().enumerate().map(|(at, event)| format!("&enabled_events[{at}]={event}")).collect();
        let form = Form::read(format!("url={url}{}", fields.concat()).as_bytes());
        let made = self.state().make_endpoint(&form).unwrap_or_else(|refused| panic!("{}", refused.body));
        (text(&made["id"]), text(&made["secret"]))
    }

    /// Somebody deletes one there.
    pub fn delete_endpoint(&self, id: &str) {
        self.state().endpoints.retain(|endpoint| endpoint["id"] != id);
    }

    /// Every endpoint, as Stripe would show it now.
    pub fn endpoints(&self) -> Vec<Value> {
        self.state().endpoints.clone()
    }

    /// How this event would be delivered now: for each enabled endpoint that takes its type, the endpoint and the header
    /// signed with its secret.
    pub fn signs(&self, body: &str, at: SystemTime) -> Vec<(String, String)> {
        let kind: Value = serde_json::from_str(body).expect("an event");
        let takes = |endpoint: &&Value| {
            let wanted = endpoint["enabled_events"].as_array().into_iter().flatten();
            endpoint["status"] == "enabled"
                && wanted.into_iter().any(|one| *one == "*" || *one == kind["type"])
        };
        let state = self.state();
        let deliveries = state.endpoints.iter().filter(takes).map(|endpoint| {
            let id = text(&endpoint["id"]);
            let header = stripe::sign(body.as_bytes(), &state.endpoint_secrets[&id], at);
            (id, header)
        });
        deliveries.collect()
    }
}
