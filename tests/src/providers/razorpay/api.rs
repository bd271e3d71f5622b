//! Razorpay's endpoints, as far as payonce calls them.
//!
//! Sources: razorpay.com/docs/api (orders, payments, refunds, errors) and its test pages' index of errors.
use hyper::Method;
use serde_json::Value;

use super::State;
use super::objects::{self, bad_request};
use crate::providers::form::Form;
use crate::providers::http::{Answered, Asked};
use crate::providers::{by_id, sum};

/// A step of an endpoint, or the error it answers.
type Step<T> = Result<T, Answered>;

/// Of the smallest unit: one rupee.
const LEAST_INR: i64 = 100;

const ORDER_FIELDS: &[&str] = &[
    "amount",
    "currency",
    "first_payment_min_amount",
    "notes",
    "partial_payment",
    "payment",
    "payment_capture",
    "receipt",
    "unique_receipt",
];
const REFUND_FIELDS: &[&str] = &["amount", "notes", "receipt", "speed"];

impl State {
    /// One request that passed the door.
    pub(super) fn serve(&mut self, asked: &Asked) -> Step<Value> {
        let steps: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
        match (&asked.method, steps.as_slice()) {
            (&Method::POST, ["orders"]) => self.create_order(&read(asked)?),
            (&Method::GET, ["orders"]) => {
                let receipt = asked.query.get("receipt");
                let fits = |order: &&Value| receipt.is_none_or(|wanted| order["receipt"] == wanted);
                list(self.orders.iter().rev().filter(fits), &asked.query)
            }
            (&Method::GET, ["orders", id]) => one(&mut self.orders, id),
            (&Method::GET, ["orders", id, "payments"]) => {
                one(&mut self.orders, id)?;
                list(self.payments.iter().rev().filter(|payment| payment["order_id"] == *id), &asked.query)
            }
            (&Method::GET, ["payments", id]) => one(&mut self.payments, id),
            (&Method::POST, ["payments", id, "refund"]) => self.create_refund(id, &read(asked)?),
            (&Method::GET, ["payments", id, "refunds"]) => {
                one(&mut self.payments, id)?;
                list(self.refunds.iter().rev().filter(|refund| refund["payment_id"] == *id), &asked.query)
            }
            _ => Err(bad_request("NA", None, "The requested URL was not found on the server.")),
        }
    }

    /// Each call makes an order, also one with the same receipt: the Orders API has no idempotency key. With
    /// `unique_receipt` the earlier order of that receipt is given instead, as its page on retries says.
    fn create_order(&mut self, asked: &Value) -> Step<Value> {
        only(asked, ORDER_FIELDS)?;
        let amount = amount(asked)?.ok_or_else(|| invalid("amount", "amount: is required."))?;
        let currency =
            asked["currency"].as_str().ok_or_else(|| invalid("currency", "currency: is required."))?;
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(invalid("currency", "Currency is not supported"));
        }
        if amount < if currency == "INR" { LEAST_INR } else { 1 } {
            let description = "Order amount less than minimum amount allowed";
            return Err(bad_request("amount_less_than_minimum_amount", Some("amount"), description));
        }
        whole(amount, currency)?;
        if asked["receipt"].as_str().is_some_and(|receipt| receipt.chars().count() > 40) {
            return Err(invalid("receipt", "The receipt may not be greater than 40 characters."));
        }
        few_notes(asked)?;
        if asked["unique_receipt"] == true
            && let Some(earlier) = self.orders.iter().find(|order| order["receipt"] == asked["receipt"])
        {
            let same = earlier["amount"] == amount && earlier["currency"] == currency;
            let other = || invalid("receipt", "Order receipt should be unique.");
            return if same { Ok(earlier.clone()) } else { Err(other()) };
        }
        let order = objects::order(asked, self.now());
        self.orders.push(order.clone());
        Ok(order)
    }

    fn create_refund(&mut self, payment: &str, asked: &Value) -> Step<Value> {
        only(asked, REFUND_FIELDS)?;
        few_notes(asked)?;
        if !asked["speed"].as_str().is_none_or(|speed| ["normal", "optimum"].contains(&speed)) {
            return Err(invalid("speed", "The speed is invalid."));
        }
        let payment = one(&mut self.payments, payment)?;
        if payment["captured"] != true {
            let description = "The payment status should be captured for action to be taken";
            return Err(bad_request("input_validation_failed", None, description));
        }
        let rest = payment["amount"].as_i64().unwrap_or_default() - self.refunded(&payment);
        if rest == 0 {
            let description = "The payment has been fully refunded already";
            return Err(bad_request("input_validation_failed", None, description));
        }
        let amount = amount(asked)?.unwrap_or(rest);
        if amount < 1 {
            return Err(invalid("amount", "The amount must be at least 1."));
        }
        if amount > rest {
            let description = "The total refund amount is greater than the refund payment amount";
            return Err(bad_request("input_validation_failed", Some("amount"), description));
        }
        whole(amount, payment["currency"].as_str().unwrap_or_default())?;
        Ok(self.refund(&payment, amount, asked))
    }

    /// What went back of a payment, or is on its way.
    pub(super) fn refunded(&self, payment: &Value) -> i64 {
        let counts = |refund: &&Value| refund["payment_id"] == payment["id"] && refund["status"] != "failed";
        sum(self.refunds.iter().filter(counts), "amount")
    }
}

/// A JSON object; nothing at all is an empty one.
fn read(asked: &Asked) -> Step<Value> {
    if asked.body.is_empty() {
        return Ok(Value::Object(Default::default()));
    }
    let value = serde_json::from_slice(&asked.body).ok().filter(Value::is_object);
    value.ok_or_else(|| bad_request("NA", None, "The request body is not a JSON object"))
}

fn one(entities: &mut [Value], id: &str) -> Step<Value> {
    let missing = || bad_request("input_validation_failed", None, "The id provided does not exist");
    by_id(entities, id).cloned().ok_or_else(missing)
}

fn invalid(field: &str, description: &str) -> Answered {
    bad_request("input_validation_failed", Some(field), description)
}

fn only(asked: &Value, known: &[&str]) -> Step<()> {
    let mut names = asked.as_object().into_iter().flat_map(|fields| fields.keys());
    match names.find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let description = format!("{name} is/are not required and should not be sent");
            Err(bad_request("extra_field_sent", Some(name), &description))
        }
    }
}

/// A plain integer, or nothing.
fn amount(asked: &Value) -> Step<Option<i64>> {
    match &asked["amount"] {
        Value::Null => Ok(None),
        amount => {
            Ok(Some(amount.as_i64().ok_or_else(|| invalid("amount", "The amount must be an integer."))?))
        }
    }
}

/// Three decimals end in 0.
fn whole(amount: i64, currency: &str) -> Step<()> {
    if ["BHD", "JOD", "KWD", "OMR", "TND"].contains(&currency) && amount % 10 != 0 {
        return Err(invalid("amount", "The last decimal of the amount must be 0"));
    }
    Ok(())
}

/// At most 15, of 256 characters each.
fn few_notes(asked: &Value) -> Step<()> {
    let Some(notes) = asked["notes"].as_object() else { return Ok(()) };
    let long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > 256);
    if notes.len() > 15 || notes.values().any(long) {
        return Err(invalid("notes", "The notes are too many, or too long"));
    }
    Ok(())
}

/// Newest first: `count` of them (10, at most 100) after `skip`, made `from` and `to` these seconds.
fn list<'a>(newest_first: impl Iterator<Item = &'a Value>, query: &Form) -> Step<Value> {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let count = number("count").unwrap_or(10);
    if !(1..=100).contains(&count) {
        return Err(invalid("count", "The count must be between 1 and 100."));
    }
    let fits = |entity: &&Value| {
        let created = entity["created_at"].as_u64().unwrap_or_default();
        number("from").is_none_or(|from| created >= from) && number("to").is_none_or(|to| created <= to)
    };
    let (skip, count) = (number("skip").unwrap_or(0) as usize, count as usize);
    Ok(objects::collection(newest_first.filter(fits).skip(skip).take(count).collect()))
}
