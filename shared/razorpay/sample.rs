//! Bodies as Razorpay would send them: the readers' counterpart, for tests, the CLI and `events/`.
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::inbox::sample::SamplePayment;
use crate::razorpay::minor_units::to_wire;

/// The types [`sample`] writes.
pub const SAMPLES: [&str; 15] = [
    "payment.captured",
    "order.paid",
    "payment.authorized",
    "payment.failed",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "refund.speed_changed",
    "payment.dispute.created",
    "payment.dispute.under_review",
    "payment.dispute.action_required",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
    "payment.downtime.started",
];

/// The body of one event; `None` for a type not in [`SAMPLES`], or an amount that has no way to be written ([`to_wire`]).
pub fn sample(kind: &str, payment: &SamplePayment, created: SystemTime) -> Option<String> {
    let unix = created.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let payment = &payment.on_the_wire(to_wire)?;
    let payload = payload(kind, payment, unix)?;
    let contains: Vec<&String> = payload.as_object()?.keys().collect();
    let event = json!({
        "entity": "event",
        "account_id": "acc_Nilgiri1Leaf9A",
        "event": kind,
        "contains": contains,
        "payload": payload,
        "created_at": unix,
    });
    Some(event.to_string())
}

fn payload(kind: &str, payment: &SamplePayment, unix: u64) -> Option<Value> {
    let paid = || entity(pay(payment, "captured", unix));
    let refunded = |implied| entity(refund(payment, payment.status(implied), unix));
    let disputed = |implied| entity(dispute(payment, payment.status(implied), unix));
    Some(match kind {
        "payment.captured" => json!({ "payment": paid() }),
        "order.paid" => json!({ "payment": paid(), "order": entity(order(payment, unix)) }),
        "payment.authorized" => json!({ "payment": entity(pay(payment, "authorized", unix)) }),
        "payment.failed" => json!({ "payment": entity(pay(payment, "failed", unix)) }),
        "refund.created" | "refund.speed_changed" => {
            json!({ "refund": refunded("pending"), "payment": paid() })
        }
        "refund.processed" => json!({ "refund": refunded("processed"), "payment": paid() }),
        "refund.failed" => json!({ "refund": refunded("failed"), "payment": paid() }),
        "payment.dispute.created" | "payment.dispute.action_required" => {
            json!({ "dispute": disputed("open"), "payment": paid() })
        }
        "payment.dispute.under_review" => json!({ "dispute": disputed("under_review"), "payment": paid() }),
        "payment.dispute.won" => json!({ "dispute": disputed("won"), "payment": paid() }),
        "payment.dispute.lost" => json!({ "dispute": disputed("lost"), "payment": paid() }),
        "payment.dispute.closed" => json!({ "dispute": disputed("closed"), "payment": paid() }),
        "payment.downtime.started" => json!({ "payment.downtime": entity(downtime(unix)) }),
        _ => return None,
    })
}

fn entity(object: Value) -> Value {
    json!({ "entity": object })
}

/// Razorpay writes empty notes as an empty array.
fn notes(payment: &SamplePayment) -> Value {
    payment.marks().unwrap_or_else(|| json!([]))
}

fn pay(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    let failed = status == "failed";
    let captured = status == "captured";
    json!({
        "id": payment.provider_payment,
        "entity": "payment",
        "amount": payment.money.minor,
        "currency": payment.money.currency.code(),
        "status": status,
        "order_id": payment.provider_order,
        "invoice_id": null,
        "international": false,
        "method": "upi",
        "amount_refunded": 0,
        "refund_status": null,
        "captured": captured,
        "description": "Nilgiri Leaf & Letters: 2 frost tea 250 g, 1 Malgudi Days",
        "card_id": null,
        "bank": null,
        "wallet": null,
        "vpa": "ammu.varier@okexample",
        "email": "ammu.varier@example.com",
        "contact": "+919000000042",
        "notes": notes(payment),
        "fee": captured.then_some(payment.money.minor / 50),
        "tax": captured.then_some(0),
        "error_code": failed.then_some("BAD_REQUEST_ERROR"),
        "error_description": failed.then_some("The UPI collect request was declined by the buyer."),
        "error_source": failed.then_some("customer"),
        "error_step": failed.then_some("payment_authentication"),
        "error_reason": failed.then_some("payment_declined"),
        "acquirer_data": { "rrn": "428511004217" },
        "created_at": unix.saturating_sub(31),
    })
}

fn order(payment: &SamplePayment, unix: u64) -> Value {
    json!({
        "id": payment.provider_order,
        "entity": "order",
        "amount": payment.money.minor,
        "amount_paid": payment.money.minor,
        "amount_due": 0,
        "currency": payment.money.currency.code(),
        "receipt": payment.mark.map(|mark| mark.to_string()),
        "offer_id": null,
        "status": "paid",
        "attempts": 1,
        "notes": notes(payment),
        "created_at": unix.saturating_sub(120),
    })
}

fn refund(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    json!({
        "id": payment.refund_id,
        "entity": "refund",
        "amount": payment.part(),
        "currency": payment.money.currency.code(),
        "payment_id": payment.provider_payment,
        "notes": [],
        "receipt": null,
        "acquirer_data": { "arn": null },
        "created_at": unix,
        "batch_id": null,
        "status": status,
        "speed_processed": "normal",
        "speed_requested": "optimum",
    })
}

fn dispute(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    json!({
        "id": payment.dispute_id,
        "entity": "dispute",
        "payment_id": payment.provider_payment,
        "amount": payment.part(),
        "currency": payment.money.currency.code(),
        "amount_deducted": if status == "lost" { payment.part() } else { 0 },
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": unix.saturating_add(7 * 86_400),
        "status": status,
        "evidence": { "amount": payment.part(), "summary": null, "shipping_proof": null, "submitted_at": null },
        "phase": "chargeback",
        "created_at": unix,
    })
}

fn downtime(unix: u64) -> Value {
    json!({
        "id": "down_Monsoon4Upi01",
        "entity": "payment.downtime",
        "method": "upi",
        "begin": unix,
        "end": null,
        "status": "started",
        "scheduled": false,
        "severity": "medium",
        "instrument": { "vpa_handle": "okexample" },
        "created_at": unix,
        "updated_at": unix,
    })
}
