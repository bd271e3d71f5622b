//! Bodies as Stripe would send them: the readers' counterpart, for tests, the CLI and `events/`.
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::inbox::sample::SamplePayment;
use crate::stripe::minor_units::to_wire;

/// The types [`sample`] writes.
pub const SAMPLES: [&str; 17] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    "charge.dispute.funds_reinstated",
    "customer.created",
];

/// The body of one event; `None` for a type not in [`SAMPLES`], or an amount that has no way to be written ([`to_wire`]).
pub fn sample(kind: &str, payment: &SamplePayment, created: SystemTime) -> Option<String> {
    let unix = created.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let payment = &payment.on_the_wire(to_wire)?;
    let event = json!({
        "id": payment.event_id,
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": unix,
        "data": { "object": object(kind, payment, unix)? },
        "livemode": payment.livemode,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": kind,
    });
    Some(event.to_string())
}

fn object(kind: &str, payment: &SamplePayment, unix: u64) -> Option<Value> {
    Some(match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            session(payment, "complete", payment.status("paid"), unix)
        }
        "checkout.session.async_payment_failed" => session(payment, "complete", "unpaid", unix),
        "checkout.session.expired" => session(payment, "expired", "unpaid", unix),
        "payment_intent.succeeded" => intent(payment, payment.status("succeeded"), unix),
        "payment_intent.payment_failed" => intent(payment, "requires_payment_method", unix),
        "payment_intent.processing" => intent(payment, "processing", unix),
        "payment_intent.canceled" => intent(payment, "canceled", unix),
        "charge.refunded" => charge(payment, unix),
        "refund.created" => refund(payment, payment.status("pending"), unix),
        "refund.updated" => refund(payment, payment.status("succeeded"), unix),
        "refund.failed" => refund(payment, "failed", unix),
        "charge.dispute.created" | "charge.dispute.funds_withdrawn" => {
            dispute(payment, payment.status("needs_response"), unix)
        }
        "charge.dispute.closed" | "charge.dispute.funds_reinstated" => {
            dispute(payment, payment.status("won"), unix)
        }
        "customer.created" => customer(payment, unix),
        _ => return None,
    })
}

fn metadata(payment: &SamplePayment) -> Value {
    payment.marks().unwrap_or_else(|| json!({}))
}

fn currency(payment: &SamplePayment) -> String {
    payment.money.currency.code().to_ascii_lowercase()
}

fn charge_id(payment: &SamplePayment) -> String {
    payment.provider_payment.replacen("pi_", "ch_", 1)
}

fn address() -> Value {
    json!({
        "city": "Leeds", "country": "GB", "line1": "7 Marigold Row", "line2": null,
        "postal_code": "LS1 4AB", "state": null,
    })
}

fn session(payment: &SamplePayment, status: &str, payment_status: &str, unix: u64) -> Value {
    let free = payment_status == "no_payment_required";
    let open = status == "complete" && !free;
    json!({
        "id": payment.provider_order,
        "object": "checkout.session",
        "amount_subtotal": payment.money.minor,
        "amount_total": payment.money.minor,
        "automatic_tax": { "enabled": false, "liability": null, "status": null },
        "billing_address_collection": null,
        "cancel_url": "https://foxglove.example/basket",
        "client_reference_id": payment.mark.map(|mark| mark.to_string()),
        "created": unix.saturating_sub(95),
        "currency": currency(payment),
        "customer": null,
        "customer_creation": "if_required",
        "customer_details": {
            "address": address(), "email": "mira.thistle@example.com", "name": "Mira Thistle", "phone": null,
            "tax_exempt": "none", "tax_ids": [],
        },
        "expires_at": unix.saturating_add(1_705),
        "invoice": null,
        "livemode": payment.livemode,
        "locale": "en-GB",
        "metadata": metadata(payment),
        "mode": "payment",
        "payment_intent": open.then_some(&payment.provider_payment),
        "payment_link": null,
        "payment_method_types": ["card"],
        "payment_status": payment_status,
        "phone_number_collection": { "enabled": false },
        "setup_intent": null,
        "shipping_options": [],
        "status": status,
        "subscription": null,
        "success_url": "https://foxglove.example/thanks",
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted",
        "url": null,
    })
}

fn intent(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    let succeeded = status == "succeeded";
    let error = json!({
        "code": "card_declined", "decline_code": "insufficient_funds", "type": "card_error",
        "message": "Your card has insufficient funds.",
    });
    json!({
        "id": payment.provider_payment,
        "object": "payment_intent",
        "amount": payment.money.minor,
        "amount_capturable": 0,
        "amount_received": if succeeded { payment.money.minor } else { 0 },
        "automatic_payment_methods": null,
        "canceled_at": (status == "canceled").then_some(unix),
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "created": unix.saturating_sub(40),
        "currency": currency(payment),
        "customer": null,
        "description": "Foxglove: The Tea Planter's Atlas, 1 Darjeeling first flush 100 g",
        "last_payment_error": (status == "requires_payment_method").then_some(error),
        "latest_charge": succeeded.then(|| charge_id(payment)),
        "livemode": payment.livemode,
        "metadata": metadata(payment),
        "next_action": null,
        "payment_method": "pm_1QFoxgloveVisa",
        "payment_method_types": ["card"],
        "receipt_email": null,
        "shipping": null,
        "statement_descriptor": null,
        "status": status,
    })
}

fn charge(payment: &SamplePayment, unix: u64) -> Value {
    json!({
        "id": charge_id(payment),
        "object": "charge",
        "amount": payment.money.minor,
        "amount_captured": payment.money.minor,
        "amount_refunded": payment.part(),
        "balance_transaction": "txn_3QFoxgloveSale",
        "billing_details": {
            "address": address(), "email": "mira.thistle@example.com", "name": "Mira Thistle", "phone": null,
        },
        "captured": true,
        "created": unix.saturating_sub(86_400),
        "currency": currency(payment),
        "customer": null,
        "disputed": false,
        "livemode": payment.livemode,
        "metadata": metadata(payment),
        "outcome": { "network_status": "approved_by_network", "risk_level": "normal", "type": "authorized" },
        "paid": true,
        "payment_intent": payment.provider_payment,
        "payment_method": "pm_1QFoxgloveVisa",
        "refunded": payment.part() == payment.money.minor,
        "status": "succeeded",
    })
}

fn refund(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    json!({
        "id": payment.refund_id,
        "object": "refund",
        "amount": payment.part(),
        "balance_transaction": "txn_3QFoxgloveRefund",
        "charge": charge_id(payment),
        "created": unix,
        "currency": currency(payment),
        "destination_details": { "card": { "reference_status": "pending", "type": "refund" }, "type": "card" },
        "failure_reason": (status == "failed").then_some("expired_or_canceled_card"),
        "metadata": metadata(payment),
        "payment_intent": payment.provider_payment,
        "reason": "requested_by_customer",
        "receipt_number": null,
        "status": status,
    })
}

fn dispute(payment: &SamplePayment, status: &str, unix: u64) -> Value {
    json!({
        "id": payment.dispute_id,
        "object": "dispute",
        "amount": payment.part(),
        "balance_transactions": [],
        "charge": charge_id(payment),
        "created": unix,
        "currency": currency(payment),
        "evidence": { "customer_name": "Mira Thistle", "product_description": null, "receipt": null },
        "evidence_details": {
            "due_by": unix.saturating_add(9 * 86_400), "has_evidence": false, "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": status.starts_with("warning_"),
        "livemode": payment.livemode,
        "metadata": {},
        "payment_intent": payment.provider_payment,
        "reason": "product_not_received",
        "status": status,
    })
}

fn customer(payment: &SamplePayment, unix: u64) -> Value {
    json!({
        "id": "cus_FoxgloveMira",
        "object": "customer",
        "address": address(),
        "balance": 0,
        "created": unix,
        "currency": null,
        "delinquent": false,
        "description": "Collects field guides; oolong, never milk",
        "email": "mira.thistle@example.com",
        "invoice_prefix": "F0XGL0VE",
        "livemode": payment.livemode,
        "metadata": {},
        "name": "Mira Thistle",
        "preferred_locales": ["en-GB"],
    })
}
