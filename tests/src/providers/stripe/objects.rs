//! Stripe's objects, errors and lists, shaped as in its OpenAPI fixtures (API 2025-03-31.basil and later).
use serde_json::{Value, json};

use crate::providers::form::Form;
use crate::providers::http::Answered;
use crate::providers::new_id;

/// The version of the events: the endpoint's own, whatever version a request names.
pub(super) const VERSION: &str = "2025-03-31.basil";

/// docs.stripe.com/currencies, presentment currencies.
pub(super) const CURRENCIES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl \
    bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq \
    gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga \
    mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub \
    rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst \
    xaf xcd xcg xof xpf yer zar zmw";

/// Does Stripe take this amount? Three decimals end in 0; krónur and Uganda shillings are whole, with two noughts.
pub(super) fn is_chargeable(amount: i64, currency: &str) -> bool {
    match currency {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => amount % 10 == 0,
        "isk" | "ugx" => amount % 100 == 0,
        _ => true,
    }
}

/// An open Checkout Session. Its payment intent is made when the buyer confirms.
pub(super) fn session(form: &Form, amount: i64, currency: &str, created: u64, expires_at: u64) -> Value {
    let id = new_id("cs_test", 18);
    json!({
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "cancel_url": form.get("cancel_url"),
        "client_reference_id": form.get("client_reference_id"),
        "client_secret": null,
        "created": created,
        "currency": currency,
        "custom_fields": [],
        "customer": null,
        "customer_creation": "if_required",
        "customer_details": form.get("customer_email").map(customer_details),
        "customer_email": form.get("customer_email"),
        "discounts": [],
        "expires_at": expires_at,
        "invoice": null,
        "livemode": false,
        "locale": form.get("locale"),
        "metadata": form.object("metadata"),
        "mode": "payment",
        "payment_intent": null,
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": { "enabled": false },
        "setup_intent": null,
        "shipping_cost": null,
        "shipping_options": [],
        "status": "open",
        "submit_type": form.get("submit_type"),
        "subscription": null,
        "success_url": form.get("success_url"),
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted",
        "url": format!("https://checkout.stripe.com/c/pay/{id}"),
    })
}

pub(super) fn customer_details(email: &str) -> Value {
    json!({
        "address": { "city": null, "country": "GB", "line1": null, "line2": null, "postal_code": null, "state": null },
        "email": email, "name": "Mira Thistle", "phone": null, "tax_exempt": "none", "tax_ids": [],
    })
}

/// The intent of a session that its buyer confirmed.
pub(super) fn intent(session: &Value, metadata: &Value, created: u64) -> Value {
    let id = new_id("pi", 18);
    json!({
        "id": id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": 0,
        "automatic_payment_methods": null,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": format!("{id}_secret_of_nobody"),
        "confirmation_method": "automatic",
        "created": created,
        "currency": session["currency"],
        "customer": null,
        "description": null,
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "metadata": metadata,
        "next_action": null,
        "payment_method": null,
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "setup_future_usage": null,
        "shipping": null,
        "statement_descriptor": null,
        "status": "requires_payment_method",
    })
}

/// The charge that carries an intent's money. Stripe copies the intent's metadata at this moment.
pub(super) fn charge(intent: &Value, created: u64) -> Value {
    json!({
        "id": new_id("ch", 18),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "balance_transaction": new_id("txn", 18),
        "billing_details": { "address": null, "email": null, "name": "Mira Thistle", "phone": null, "tax_id": null },
        "captured": true,
        "created": created,
        "currency": intent["currency"],
        "customer": null,
        "disputed": false,
        "failure_code": null,
        "livemode": false,
        "metadata": intent["metadata"],
        "outcome": { "network_status": "approved_by_network", "risk_level": "normal", "type": "authorized" },
        "paid": true,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm", 18),
        "refunded": false,
        "status": "succeeded",
    })
}

pub(super) fn refund(charge: &Value, amount: i64, form: &Form, status: &str, created: u64) -> Value {
    json!({
        "id": new_id("re", 18),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn", 18),
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "destination_details": { "card": { "reference_status": "pending", "type": "refund" }, "type": "card" },
        "metadata": form.object("metadata"),
        "payment_intent": charge["payment_intent"],
        "reason": form.get("reason"),
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": status,
        "transfer_reversal": null,
    })
}

pub(super) fn price(id: &str, unit_amount: i64, currency: &str, created: u64) -> Value {
    json!({
        "id": id,
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": currency,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": new_id("prod", 14),
        "recurring": null,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": unit_amount.to_string(),
    })
}

pub(super) fn event(kind: &str, object: &Value, created: u64) -> Value {
    json!({
        "id": new_id("evt", 18),
        "object": "event",
        "api_version": VERSION,
        "created": created,
        "data": { "object": object },
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": kind,
    })
}

/// An error of the caller. Fields that do not apply are absent, as Stripe leaves them out.
pub(super) fn error(
    status: u16,
    kind: &str,
    code: Option<&str>,
    param: Option<&str>,
    message: &str,
) -> Answered {
    let mut error = json!({ "message": message, "type": kind });
    if let Some(code) = code {
        error["code"] = code.into();
        error["doc_url"] = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")).into();
    }
    if let Some(param) = param {
        error["param"] = param.into();
    }
    Answered::new(status, json!({ "error": error }))
}

/// A parameter that Stripe refuses before anything begins: no idempotency key remembers it.
pub(super) fn invalid(code: Option<&str>, param: &str, message: &str) -> Answered {
    error(400, "invalid_request_error", code, Some(param), message).not_begun()
}

pub(super) fn missing(what: &str, id: &str, param: &str) -> Answered {
    let message = format!("No such {what}: '{id}'");
    error(404, "invalid_request_error", Some("resource_missing"), Some(param), &message)
}
