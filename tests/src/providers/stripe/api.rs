//! Stripe's endpoints, as far as payonce calls them.
//!
//! Sources: docs.stripe.com/api (checkout/sessions, refunds, events, errors, pagination, idempotent_requests).
use hyper::Method;
use serde_json::{Value, json};

use super::State;
use super::objects::{self, error, invalid, missing};
use crate::providers::form::Form;
use crate::providers::http::{Answered, Asked};
use crate::providers::{by_id, sum, text};

/// A step of an endpoint, or the error it answers.
pub(super) type Step<T> = Result<T, Answered>;

/// Sessions end between 30 minutes and 24 hours after they were made; by default at the end of that.
const SHORTEST: u64 = 30 * 60;
const LONGEST: u64 = 24 * 60 * 60;

const SESSION_PARAMETERS: &[&str] = &[
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "custom_text",
    "customer_creation",
    "customer_email",
    "expand",
    "expires_at",
    "invoice_creation",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "phone_number_collection",
    "submit_type",
    "success_url",
    "ui_mode",
];
const REFUND_PARAMETERS: &[&str] = &["amount", "charge", "expand", "metadata", "payment_intent", "reason"];

impl State {
    /// One request that passed the door.
    pub(super) fn serve(&mut self, asked: &Asked) -> Step<Value> {
        let form = Form::read(&asked.body);
        let steps: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
        match (&asked.method, steps.as_slice()) {
            (&Method::POST, ["checkout", "sessions"]) => self.open_session(&form),
            (&Method::POST, ["checkout", "sessions", id, "expire"]) => self.expire_session(id),
            (&Method::POST, ["refunds"]) => self.create_refund(&form),
            (&Method::GET, ["checkout", "sessions"]) => {
                list("/v1/checkout/sessions", &self.sessions, &asked.query, &["payment_intent", "status"])
            }
            (&Method::GET, ["refunds"]) => {
                list("/v1/refunds", &self.refunds, &asked.query, &["payment_intent", "charge"])
            }
            (&Method::GET, ["events"]) => {
                let undelivered = |flag: &str| asked.query.get("delivery_success") == Some(flag);
                let told = self.outbox.0.iter().filter(|told| {
                    !(undelivered("false") && told.delivered || undelivered("true") && !told.delivered)
                });
                let events: Vec<Value> = told.map(|told| told.event.clone()).collect();
                list("/v1/events", &events, &asked.query, &["type"])
            }
            (&Method::GET, ["checkout", "sessions", id]) => {
                one(&mut self.sessions, id, "checkout.session", "session")
            }
            (&Method::GET, ["refunds", id]) => one(&mut self.refunds, id, "refund", "refund"),
            (&Method::GET, ["payment_intents", id]) => one(&mut self.intents, id, "payment_intent", "intent"),
            (_, ["webhook_endpoints", ..]) => self.serve_endpoints(asked, &form, &steps[1..]),
            (&Method::GET, ["prices", id]) => one(&mut self.prices, id, "price", "price"),
            _ => {
                let message = format!("Unrecognized request URL ({}: {}).", asked.method, asked.path);
                Err(error(404, "invalid_request_error", None, None, &message))
            }
        }
    }

    fn open_session(&mut self, form: &Form) -> Step<Value> {
        let now = self.now();
        only(form, SESSION_PARAMETERS)?;
        match form.get("mode") {
            Some("payment") => {}
            None => return Err(required("mode")),
            Some(_) => return Err(invalid(None, "mode", "Invalid mode: this fake only takes payments")),
        }
        if !form.get("success_url").ok_or_else(|| required("success_url"))?.contains("://") {
            return Err(invalid(Some("url_invalid"), "success_url", "Not a valid URL"));
        }
        if form.get("customer_email").is_some_and(|email| !email.contains('@')) {
            let message = "Invalid email address";
            return Err(invalid(Some("email_invalid"), "customer_email", message));
        }
        if form.get("client_reference_id").is_some_and(|id| id.len() > 200) {
            return Err(invalid(None, "client_reference_id", "Invalid string: at most 200 characters"));
        }
        metadata(form, "metadata")?;
        let of_intent = metadata(form, "payment_intent_data[metadata]")?;
        let (amount, currency) = self.total(form)?;
        let expires_at = expiry(form, now)?;
        let session = objects::session(form, amount, &currency, now, expires_at);
        self.sessions.push(session.clone());
        self.intent_metadata.insert(text(&session["id"]), of_intent);
        Ok(session)
    }

    /// The sum over all line items, whose currencies agree.
    fn total(&mut self, form: &Form) -> Step<(i64, String)> {
        let (mut total, mut currency) = (0, None);
        for number in 0.. {
            let item = |field: &str| format!("line_items[{number}][{field}");
            let price = match form.get(&item("price]")) {
                Some(id) => one(&mut self.prices, id, "price", &item("price]"))?,
                None if form.get(&item("price_data][unit_amount]")).is_none() => break,
                None => {
                    if form.get(&item("price_data][product_data][name]")).is_none_or(str::is_empty) {
                        return Err(required(&item("price_data][product_data][name]")));
                    }
                    let amount = integer(form, &item("price_data][unit_amount]"), 0)?;
                    json!({ "unit_amount": amount, "currency": form.get(&item("price_data][currency]")) })
                }
            };
            let of_price = price["currency"].as_str().unwrap_or_default().to_ascii_lowercase();
            let amount = price["unit_amount"].as_i64().unwrap_or_default();
            if !objects::CURRENCIES.split(' ').any(|known| known == of_price)
                || currency.get_or_insert_with(|| of_price.clone()) != &of_price
            {
                let message = format!("Invalid currency: {of_price}");
                return Err(invalid(None, &item("price_data][currency]"), &message));
            }
            if !objects::is_chargeable(amount, &of_price) {
                let message = format!("Invalid amount in {of_price}: {amount}");
                return Err(invalid(None, &item("price_data][unit_amount]"), &message));
            }
            total += amount * integer(form, &item("quantity]"), 1)?;
        }
        let currency = currency.ok_or_else(|| required("line_items"))?;
        if total < 1 {
            let message = "The Checkout Session's total amount due is too small";
            return Err(invalid(Some("amount_too_small"), "line_items", message));
        }
        Ok((total, currency))
    }

    fn expire_session(&mut self, id: &str) -> Step<Value> {
        let session = one(&mut self.sessions, id, "checkout.session", "session")?;
        if session["status"] != "open" {
            let message = format!(
                "Only open Checkout Sessions can be expired, this one is {}",
                text(&session["status"])
            );
            return Err(error(400, "invalid_request_error", None, None, &message));
        }
        Ok(self.end_session(id))
    }

    fn create_refund(&mut self, form: &Form) -> Step<Value> {
        only(form, REFUND_PARAMETERS)?;
        metadata(form, "metadata")?;
        let reason = form.get("reason");
        if reason.is_some_and(|one| !["duplicate", "fraudulent", "requested_by_customer"].contains(&one)) {
            return Err(invalid(None, "reason", "Invalid reason"));
        }
        let (what, field, id) = match (form.get("payment_intent"), form.get("charge")) {
            (Some(id), None) => ("payment_intent", "payment_intent", id),
            (None, Some(id)) => ("charge", "id", id),
            _ => return Err(required("charge")),
        };
        let charge = self.charges.iter().find(|charge| charge[field] == id).cloned();
        let charge = charge.ok_or_else(|| match by_id(&mut self.intents, id) {
            Some(_) => {
                let message =
                    format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
                error(400, "invalid_request_error", None, Some("payment_intent"), &message)
            }
            None => missing(what, id, what),
        })?;
        let rest = charge["amount"].as_i64().unwrap_or_default() - self.refunded(&charge);
        if rest == 0 {
            let message = format!("Charge {} has already been refunded.", text(&charge["id"]));
            return Err(error(400, "invalid_request_error", Some("charge_already_refunded"), None, &message));
        }
        let amount = if form.get("amount").is_some() { integer(form, "amount", 1)? } else { rest };
        // Without a code, as Stripe has it: only its message tells.
        if amount > rest {
            let message =
                format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})");
            return Err(error(400, "invalid_request_error", None, Some("amount"), &message));
        }
        Ok(self.refund(&charge, amount, form))
    }

    /// What went back of a charge, or is on its way.
    pub(super) fn refunded(&self, charge: &Value) -> i64 {
        let counts = |refund: &&Value| {
            refund["charge"] == charge["id"] && refund["status"] != "failed" && refund["status"] != "canceled"
        };
        sum(self.refunds.iter().filter(counts), "amount")
    }
}

pub(super) fn one(objects: &mut [Value], id: &str, what: &str, param: &str) -> Step<Value> {
    by_id(objects, id).cloned().ok_or_else(|| missing(what, id, param))
}

pub(super) fn required(param: &str) -> Answered {
    invalid(Some("parameter_missing"), param, &format!("Missing required param: {param}."))
}

pub(super) fn only(form: &Form, known: &[&str]) -> Step<()> {
    match form.names().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            Err(invalid(Some("parameter_unknown"), name, &format!("Received unknown parameter: {name}")))
        }
    }
}

fn integer(form: &Form, name: &str, least: i64) -> Step<i64> {
    let text = form.get(name).ok_or_else(|| required(name))?;
    match text.parse::<i64>() {
        Ok(number) if number >= least => Ok(number),
        _ => {
            let message = format!("Invalid integer: {text}; it is {least} or more");
            Err(invalid(Some("parameter_invalid_integer"), name, &message))
        }
    }
}

/// At most 50 keys of 40 characters, values of 500.
pub(super) fn metadata(form: &Form, name: &str) -> Step<Value> {
    let metadata = form.object(name);
    let long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > 500);
    let fits = metadata.as_object().is_none_or(|pairs| {
        pairs.len() <= 50 && pairs.iter().all(|(key, value)| key.chars().count() <= 40 && !long(value))
    });
    if fits { Ok(metadata) } else { Err(invalid(None, name, "Metadata: too many, or too long")) }
}

fn expiry(form: &Form, now: u64) -> Step<u64> {
    let Some(text) = form.get("expires_at") else { return Ok(now + LONGEST) };
    match text.parse::<u64>() {
        Ok(at) if at < now + SHORTEST => {
            let message =
                "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.";
            Err(invalid(None, "expires_at", message))
        }
        Ok(at) if at <= now + LONGEST => Ok(at),
        _ => {
            let message =
                "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.";
            Err(invalid(None, "expires_at", message))
        }
    }
}

/// Newest first, by cursor: docs.stripe.com/api/pagination.
pub(super) fn list(url: &str, objects: &[Value], query: &Form, filters: &[&str]) -> Step<Value> {
    let limit = match query.get("limit").map(str::parse::<usize>) {
        None => 10,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return Err(invalid(Some("parameter_invalid_integer"), "limit", "limit is from 1 to 100")),
    };
    let bound = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let (gte, lte) = (bound("created[gte]"), bound("created[lte]"));
    let (gt, lt) = (bound("created[gt]"), bound("created[lt]"));
    let fits = |object: &&Value| {
        let created = object["created"].as_u64().unwrap_or_default();
        gte.is_none_or(|at| created >= at)
            && lte.is_none_or(|at| created <= at)
            && gt.is_none_or(|at| created > at)
            && lt.is_none_or(|at| created < at)
            && filters.iter().all(|name| query.get(name).is_none_or(|wanted| object[name] == wanted))
    };
    let mut rest: Vec<&Value> = objects.iter().rev().filter(fits).collect();
    if let Some(after) = query.get("starting_after") {
        let place = rest.iter().position(|object| object["id"] == after);
        rest.drain(..=place.ok_or_else(|| missing("object", after, "starting_after"))?);
    }
    let has_more = rest.len() > limit;
    rest.truncate(limit);
    Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": rest }))
}
