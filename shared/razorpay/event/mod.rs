//! What a Razorpay event tells us.
//!
//! A body names no event id (the header that does is not signed), so the SHA-256 of the body is
//! its identity. An authorised payment is never money, whatever its `captured` says.
use std::fmt::Write;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::inbox::event::{
    Capture, Dispute, DisputeState, Event, Fact, PaymentRef, Provider, Refund, RefundState, Stage, Verified,
    is_provider_id, signed_time,
};
use crate::inbox::reading::{
    Field, Reading, Unreadable, envelope, id, id_if_any, mark, moment, money, object, object_if_any, seconds,
    some_money, stack, text, uuid,
};
use crate::razorpay::minor_units::iso;

/// Reads a verified body. An event we cannot use is still an event: its fact says why.
pub fn read(verified: Verified) -> Result<Event, Unreadable> {
    let (event, envelope) = match envelope::<Envelope>(&verified.body) {
        Ok(envelope) => (envelope.event, Ok(envelope)),
        // The body has its identity even if it says something else twice; such an event is parked.
        Err(_) => (envelope::<Named>(&verified.body)?.event, Err("unusable_object")),
    };
    let kind = text(event).filter(|kind| is_provider_id(kind)).ok_or(Unreadable::Malformed)?;
    let fact = fact(&kind, &envelope).unwrap_or_else(Fact::Unusable);
    let envelope = envelope.unwrap_or_default();
    Ok(Event {
        provider: Provider::Razorpay,
        key: body_hash(&verified.body),
        created: signed_time(created(&envelope)),
        livemode: None,
        account: account(&envelope).unwrap_or_default(),
        fact,
        kind: kind.into_owned(),
        verified,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Field<'a>,
    #[serde(borrow)]
    account_id: Field<'a>,
    #[serde(borrow)]
    created_at: Field<'a>,
    #[serde(borrow)]
    payload: Field<'a>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: Field<'a>,
}

/// Lower-case hex, 64 digits.
fn body_hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Unix seconds. Some types write `created_at` into the payload instead. Frozen like the key: it must
/// come out the same whether the type is handled or not.
fn created(envelope: &Envelope) -> Option<u64> {
    #[derive(Default, Deserialize)]
    struct Misplaced<'a> {
        #[serde(borrow)]
        created_at: Field<'a>,
    }
    match envelope.created_at {
        Some(_) => seconds(envelope.created_at),
        None => seconds(object_if_any::<Misplaced>(envelope.payload).unwrap_or_default().created_at),
    }
}

fn account(envelope: &Envelope) -> Reading<Option<String>> {
    id_if_any(envelope.account_id).map_err(|_| "unusable_account")
}

/// The list of types we act on. A type that is not here waits in the inbox as `ignored`.
fn fact(kind: &str, envelope: &Reading<Envelope>) -> Reading<Fact> {
    match kind {
        "payment.captured" | "order.paid" => captured(payload(envelope)?),
        "payment.authorized" => advanced(Stage::Authorized, payload(envelope)?),
        "payment.failed" => advanced(Stage::Failed, payload(envelope)?),

        "refund.created" | "refund.processed" | "refund.failed" | "refund.speed_changed" => {
            let payload = payload(envelope)?;
            refund(kind, entity(payload.refund)?, &payload).map(Fact::Refunded)
        }

        "payment.dispute.created"
        | "payment.dispute.under_review"
        | "payment.dispute.action_required"
        | "payment.dispute.won"
        | "payment.dispute.lost"
        | "payment.dispute.closed" => dispute(kind, payload(envelope)?),

        _ => Ok(Fact::Unhandled),
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    payment: Field<'a>,
    #[serde(borrow)]
    order: Field<'a>,
    #[serde(borrow)]
    refund: Field<'a>,
    #[serde(borrow)]
    dispute: Field<'a>,
}

/// The payload of an event we act on, once the envelope says whose it is.
fn payload<'a>(envelope: &Reading<Envelope<'a>>) -> Reading<Payload<'a>> {
    let envelope = envelope.as_ref().map_err(|code| *code)?;
    account(envelope)?;
    object(envelope.payload)
}

/// Each object of a payload stands inside an `entity` of its own.
#[derive(Default, Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    entity: Field<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Payment<'a> {
    #[serde(borrow)]
    pub(super) id: Field<'a>,
    #[serde(borrow)]
    pub(super) order_id: Field<'a>,
    #[serde(borrow)]
    pub(super) amount: Field<'a>,
    #[serde(borrow)]
    pub(super) currency: Field<'a>,
    #[serde(borrow)]
    pub(super) status: Field<'a>,
    #[serde(borrow)]
    pub(super) captured: Field<'a>,
    #[serde(borrow)]
    pub(super) notes: Field<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Order<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    receipt: Field<'a>,
    #[serde(borrow)]
    notes: Field<'a>,
}

/// A refund or a dispute.
#[derive(Deserialize)]
pub(super) struct Claim<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    payment_id: Field<'a>,
    #[serde(borrow)]
    amount: Field<'a>,
    #[serde(borrow)]
    currency: Field<'a>,
    #[serde(borrow)]
    status: Field<'a>,
    #[serde(borrow)]
    phase: Field<'a>,
    #[serde(borrow)]
    respond_by: Field<'a>,
    #[serde(borrow)]
    pub(super) notes: Field<'a>,
}

fn captured(payload: Payload) -> Reading<Fact> {
    let payment: Payment = entity(payload.payment)?;
    if !says_captured(&payment) {
        return Err("capture_unclear");
    }
    let money = iso(money(payment.amount, payment.currency)?)?;
    Ok(Fact::Captured(Capture { payment: reference(id(payment.id)?, &payment, payload.order)?, money }))
}

/// The flag comes as `true`, `1` and `"1"`. One "no" from flag or status outweighs a "yes".
pub(super) fn says_captured(payment: &Payment) -> bool {
    let flag = payment.captured.map(|raw| matches!(raw.get(), "true" | "1" | "\"1\""));
    let status =
        payment.status.map(|_| matches!(text(payment.status).as_deref(), Some("captured" | "refunded")));
    flag.or(status).is_some() && flag.unwrap_or(true) && status.unwrap_or(true)
}

fn advanced(stage: Stage, payload: Payload) -> Reading<Fact> {
    let payment: Payment = entity(payload.payment)?;
    Ok(Fact::Advanced(reference(id(payment.id)?, &payment, payload.order)?, stage))
}

pub(super) fn refund(kind: &str, refund: Claim, payload: &Payload) -> Reading<Refund> {
    let status = text(refund.status);
    let state = match (kind, status.as_deref()) {
        ("refund.failed", _) | (_, Some("failed")) => RefundState::Failed,
        ("refund.processed", _) | (_, Some("processed")) => RefundState::Succeeded,
        // Refunds of old accounts have no status: made, and no more than that.
        (_, Some("pending")) | ("refund.created", None) => RefundState::Pending,
        _ => return Err("unusable_status"),
    };
    let money = iso(some_money(refund.amount, refund.currency)?)?;
    Ok(Refund { id: id(refund.id)?, payment: claimed(&refund, payload)?, money, state })
}

fn dispute(kind: &str, payload: Payload) -> Reading<Fact> {
    let dispute: Claim = entity(payload.dispute)?;
    let inquiry = matches!(text(dispute.phase).as_deref(), Some("fraud" | "retrieval"));
    // The snapshot may be ahead of its type (created, but already lost); an end named by the type is one.
    let status = text(dispute.status);
    let ended = |word: Option<&str>| match word? {
        "won" => Some(DisputeState::Won),
        "lost" => Some(DisputeState::Lost),
        "closed" => Some(DisputeState::Closed),
        _ => None,
    };
    let standing = if inquiry { DisputeState::Inquiry } else { DisputeState::Open };
    let state = ended(kind.rsplit('.').next()).or_else(|| ended(status.as_deref())).unwrap_or(standing);
    Ok(Fact::Disputed(Dispute {
        id: id(dispute.id)?,
        payment: claimed(&dispute, &payload)?,
        money: iso(money(dispute.amount, dispute.currency)?)?,
        state,
        due_by: moment(dispute.respond_by),
    }))
}

/// The payment a refund or a dispute is about. The payment beside it, where there is one, has to be the same.
fn claimed(claim: &Claim, payload: &Payload) -> Reading<PaymentRef> {
    let payment: Payment = entity_if_any(payload.payment)?;
    let named = id(claim.payment_id)?;
    if id_if_any(payment.id)?.is_some_and(|beside| beside != named) {
        return Err("ids_disagree");
    }
    reference(named, &payment, payload.order)
}

/// By our mark, and by Razorpay's ids. The order's notes and receipt are ours alone, a payment's notes
/// may come from the buyer's browser: where both carry a mark they have to agree.
fn reference(provider_payment: String, payment: &Payment, order: Field) -> Reading<PaymentRef> {
    let order: Order = entity_if_any(order)?;
    let (order_id, own_id) = (id_if_any(payment.order_id)?, id_if_any(order.id)?);
    let (noted, ordered) = (mark(payment.notes)?, mark(order.notes)?.or_else(|| uuid(order.receipt)));
    if disagree(&order_id, &own_id) || disagree(&noted, &ordered) {
        return Err("ids_disagree");
    }
    Ok(PaymentRef {
        mark: ordered.or(noted),
        stack: stack(order.notes)?.or(stack(payment.notes)?),
        provider_order: order_id.or(own_id),
        provider_payment: Some(provider_payment),
    })
}

fn disagree<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn entity<'a, T: Deserialize<'a>>(field: Field<'a>) -> Reading<T> {
    let wrapped: Wrapped = object(field)?;
    object(wrapped.entity)
}

fn entity_if_any<'a, T: Deserialize<'a> + Default>(field: Field<'a>) -> Reading<T> {
    let wrapped: Wrapped = object_if_any(field)?;
    object_if_any(wrapped.entity)
}

#[cfg(test)]
mod tests;
