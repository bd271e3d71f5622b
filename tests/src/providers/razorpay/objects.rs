//! Razorpay's entities, errors and lists, shaped as in its API reference and its SDKs' test data.
use serde_json::{Value, json};

use crate::providers::http::Answered;
use crate::providers::new_id;

/// Notes as Razorpay writes them: an empty array when there are none, else an object.
fn notes(asked: &Value) -> Value {
    match asked.as_object() {
        Some(notes) if !notes.is_empty() => asked.clone(),
        _ => json!([]),
    }
}

pub(super) fn order(asked: &Value, created: u64) -> Value {
    json!({
        "id": new_id("order", 14),
        "entity": "order",
        "amount": asked["amount"],
        "amount_paid": 0,
        "amount_due": asked["amount"],
        "currency": asked["currency"],
        "receipt": asked["receipt"],
        "offer_id": null,
        "status": "created",
        "attempts": 0,
        "notes": notes(&asked["notes"]),
        "created_at": created,
    })
}

/// An attempt to pay an order, with the order's notes.
pub(super) fn payment(order: &Value, created: u64) -> Value {
    json!({
        "id": new_id("pay", 14),
        "entity": "payment",
        "amount": order["amount"],
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "invoice_id": null,
        "international": false,
        "method": "upi",
        "amount_refunded": 0,
        "refund_status": null,
        "captured": false,
        "description": null,
        "card_id": null,
        "bank": null,
        "wallet": null,
        "vpa": "ammu.varier@okexample",
        "email": "ammu.varier@example.com",
        "contact": "+919000000042",
        "notes": order["notes"],
        "fee": null,
        "tax": null,
        "error_code": null,
        "error_description": null,
        "error_source": null,
        "error_step": null,
        "error_reason": null,
        "acquirer_data": { "rrn": "428511004217" },
        "created_at": created,
    })
}

pub(super) fn refund(payment: &Value, amount: i64, asked: &Value, status: &str, created: u64) -> Value {
    json!({
        "id": new_id("rfnd", 14),
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": notes(&asked["notes"]),
        "receipt": asked["receipt"],
        "acquirer_data": { "arn": null },
        "created_at": created,
        "batch_id": null,
        "status": status,
        "speed_processed": "normal",
        "speed_requested": asked["speed"].as_str().unwrap_or("normal"),
    })
}

/// The body of a webhook about these entities, each under its own name.
pub(super) fn event(kind: &str, entities: &[&Value], created: u64) -> Value {
    let names: Vec<&str> = entities.iter().filter_map(|entity| entity["entity"].as_str()).collect();
    let wrapped =
        names.iter().zip(entities).map(|(name, entity)| ((*name).to_owned(), json!({ "entity": entity })));
    json!({
        "entity": "event",
        "account_id": "acc_Nilgiri1Leaf9A",
        "event": kind,
        "contains": names,
        "payload": wrapped.collect::<serde_json::Map<String, Value>>(),
        "created_at": created,
    })
}

pub(super) fn collection(items: Vec<&Value>) -> Value {
    json!({ "entity": "collection", "count": items.len(), "items": items })
}

/// What Razorpay will not do. Almost everything is a 400 `BAD_REQUEST_ERROR`; an unknown id is too.
pub(super) fn bad_request(reason: &str, field: Option<&str>, description: &str) -> Answered {
    refusal(400, reason, field, description)
}

pub(super) fn refusal(status: u16, reason: &str, field: Option<&str>, description: &str) -> Answered {
    let mut error = json!({
        "code": "BAD_REQUEST_ERROR", "description": description, "source": "business", "step": "payment_initiation",
        "reason": reason, "metadata": {},
    });
    if let Some(field) = field {
        error["field"] = field.into();
    }
    Answered::new(status, json!({ "error": error }))
}

pub(super) fn server_error(status: u16) -> Answered {
    let error = json!({
        "code": "SERVER_ERROR", "description": "We are facing some trouble completing your request at the moment.",
        "source": "internal", "step": "NA", "reason": "server_error", "metadata": {},
    });
    Answered::new(status, json!({ "error": error }))
}
