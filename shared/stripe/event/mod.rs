//! What a Stripe event tells us.
//!
//! Reads every API version alike: only fields that all of them share are named here, whatever
//! else an object carries is skipped. Only `paid`, `no_payment_required` and `succeeded` are money.
use serde::Deserialize;

use crate::inbox::event::{
    Capture, Dispute, DisputeState, Event, Fact, PaymentRef, Provider, Refund, RefundState, Stage, Verified,
    is_provider_id, signed_time,
};
use crate::inbox::reading::{
    Field, Reading, Unreadable, envelope, id, id_if_any, mark, moment, money, object, object_if_any, seconds,
    some_money, stack, text, uuid,
};
use crate::stripe::minor_units::iso;

/// Reads a verified body. An event we cannot use is still an event: its fact says why.
pub fn read(verified: Verified) -> Result<Event, Unreadable> {
    let envelope: Envelope = envelope(&verified.body)?;
    match text(envelope.object).as_deref() {
        None | Some("event") => {}
        Some(thin) if thin.starts_with("v2.") => return Err(Unreadable::Thin),
        Some(_) => return Err(Unreadable::Malformed),
    }
    let key = id(envelope.id).map_err(|_| Unreadable::Malformed)?;
    let kind = text(envelope.kind).filter(|kind| is_provider_id(kind)).ok_or(Unreadable::Malformed)?;
    Ok(Event {
        provider: Provider::Stripe,
        key,
        created: signed_time(seconds(envelope.created)),
        livemode: livemode(&envelope).unwrap_or_default(),
        account: account(&envelope).unwrap_or_default(),
        fact: fact(&kind, &envelope).unwrap_or_else(Fact::Unusable),
        kind: kind.into_owned(),
        verified,
    })
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    object: Field<'a>,
    #[serde(borrow, rename = "type")]
    kind: Field<'a>,
    #[serde(borrow)]
    created: Field<'a>,
    #[serde(borrow)]
    livemode: Field<'a>,
    #[serde(borrow)]
    account: Field<'a>,
    #[serde(borrow)]
    data: Field<'a>,
}

fn livemode(envelope: &Envelope) -> Reading<Option<bool>> {
    match envelope.livemode.map(|raw| raw.get()) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err("unusable_livemode"),
    }
}

fn account(envelope: &Envelope) -> Reading<Option<String>> {
    id_if_any(envelope.account).map_err(|_| "unusable_account")
}

/// The list of types we act on. A type that is not here waits in the inbox as `ignored`.
fn fact(kind: &str, envelope: &Envelope) -> Reading<Fact> {
    use Stage::{Authorized, Cancelled, Failed, RequiresAction};
    match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => session(kind, object_of("checkout.session", envelope)?),

        "payment_intent.succeeded" => captured(object_of("payment_intent", envelope)?),
        "payment_intent.payment_failed" => intent(Failed, object_of("payment_intent", envelope)?),
        "payment_intent.canceled" => intent(Cancelled, object_of("payment_intent", envelope)?),
        "payment_intent.requires_action" | "payment_intent.processing" => {
            intent(RequiresAction, object_of("payment_intent", envelope)?)
        }
        "payment_intent.amount_capturable_updated" => {
            intent(Authorized, object_of("payment_intent", envelope)?)
        }

        "charge.refunded" => refunds_totalled(object_of("charge", envelope)?),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            refund(kind, object_of("refund", envelope)?).map(Fact::Refunded)
        }

        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute(object_of("dispute", envelope)?),

        _ => Ok(Fact::Unhandled),
    }
}

/// The fields of whichever object an event carries; each reader takes those its kind has.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    pub(super) id: Field<'a>,
    #[serde(borrow)]
    object: Field<'a>,
    #[serde(borrow)]
    pub(super) status: Field<'a>,
    #[serde(borrow)]
    pub(super) currency: Field<'a>,
    #[serde(borrow)]
    pub(super) metadata: Field<'a>,
    /// Expandable: an id, or the object.
    #[serde(borrow)]
    pub(super) payment_intent: Field<'a>,
    /// Expandable.
    #[serde(borrow)]
    charge: Field<'a>,
    #[serde(borrow)]
    pub(super) amount: Field<'a>,
    // Checkout Session
    #[serde(borrow)]
    pub(super) amount_total: Field<'a>,
    #[serde(borrow)]
    pub(super) client_reference_id: Field<'a>,
    #[serde(borrow)]
    mode: Field<'a>,
    #[serde(borrow)]
    pub(super) url: Field<'a>,
    #[serde(borrow)]
    payment_status: Field<'a>,
    // PaymentIntent
    #[serde(borrow)]
    pub(super) amount_received: Field<'a>,
    // Charge
    #[serde(borrow)]
    amount_refunded: Field<'a>,
    // Dispute
    #[serde(borrow)]
    evidence_details: Field<'a>,
}

/// The object of an event we act on, once the envelope says whose it is.
fn object_of<'a>(name: &str, envelope: &Envelope<'a>) -> Reading<Object<'a>> {
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow)]
        object: Field<'a>,
    }
    livemode(envelope)?;
    account(envelope)?;
    let data: Data = object(envelope.data)?;
    let found: Object = object(data.object)?;
    if text(found.object).is_some_and(|other| other != name) { Err("unusable_object") } else { Ok(found) }
}

fn session(kind: &str, session: Object) -> Reading<Fact> {
    if let Some("subscription" | "setup") = text(session.mode).as_deref() {
        return Ok(Fact::Unhandled);
    }
    let mut payment = PaymentRef {
        mark: mark(session.metadata)?.or_else(|| uuid(session.client_reference_id)),
        stack: stack(session.metadata)?,
        provider_order: Some(id(session.id)?),
        provider_payment: expandable(session.payment_intent)?,
    };
    let status = text(session.payment_status);
    let stage = match (kind, status.as_deref()) {
        ("checkout.session.async_payment_failed", _) => Stage::Failed,
        ("checkout.session.expired", _) => Stage::Expired,
        ("checkout.session.completed", Some("unpaid")) => Stage::RequiresAction,
        (_, Some("paid" | "no_payment_required")) => {
            let money = iso(money(session.amount_total, session.currency)?)?;
            // A free session has no PaymentIntent: the session itself is what was paid. Where money arrived, its
            // PaymentIntent tells of it as well, and under two names it would be money twice.
            if payment.provider_payment.is_none() {
                if money.minor > 0 {
                    return Err("capture_unclear");
                }
                payment.provider_payment = payment.provider_order.clone();
            }
            return Ok(Fact::Captured(Capture { payment, money }));
        }
        _ => return Err("capture_unclear"),
    };
    Ok(Fact::Advanced(payment, stage))
}

fn captured(intent: Object) -> Reading<Fact> {
    if text(intent.status).is_some_and(|status| status != "succeeded") {
        return Err("capture_unclear");
    }
    let money = iso(money(intent.amount_received, intent.currency)?)?;
    Ok(Fact::Captured(Capture { payment: of_intent(&intent)?, money }))
}

fn intent(stage: Stage, intent: Object) -> Reading<Fact> {
    Ok(Fact::Advanced(of_intent(&intent)?, stage))
}

fn of_intent(intent: &Object) -> Reading<PaymentRef> {
    let provider_payment = Some(id(intent.id)?);
    let (mark, stack) = (mark(intent.metadata)?, stack(intent.metadata)?);
    Ok(PaymentRef { mark, stack, provider_order: None, provider_payment })
}

fn refunds_totalled(charge: Object) -> Reading<Fact> {
    let charge_id = id(charge.id)?;
    let payment = PaymentRef {
        mark: mark(charge.metadata)?,
        stack: stack(charge.metadata)?,
        provider_order: None,
        provider_payment: expandable(charge.payment_intent)?.or(Some(charge_id)),
    };
    Ok(Fact::RefundsTotalled(payment, iso(money(charge.amount_refunded, charge.currency)?)?))
}

pub(super) fn refund(kind: &str, refund: Object) -> Reading<Refund> {
    let status = text(refund.status);
    let state = match (kind, status.as_deref()) {
        ("refund.failed", _) | (_, Some("failed" | "canceled")) => RefundState::Failed,
        (_, Some("succeeded")) => RefundState::Succeeded,
        (_, Some("pending" | "requires_action")) => RefundState::Pending,
        _ => return Err("unusable_status"),
    };
    let money = iso(some_money(refund.amount, refund.currency)?)?;
    Ok(Refund { id: id(refund.id)?, payment: of_charge(&refund)?, money, state })
}

fn dispute(dispute: Object) -> Reading<Fact> {
    #[derive(Default, Deserialize)]
    struct EvidenceDetails<'a> {
        #[serde(borrow)]
        due_by: Field<'a>,
    }
    let state = match text(dispute.status).as_deref() {
        Some("warning_closed" | "prevented") => DisputeState::Closed,
        Some(warning) if warning.starts_with("warning_") => DisputeState::Inquiry,
        Some("needs_response" | "under_review") => DisputeState::Open,
        Some("won") => DisputeState::Won,
        Some("lost") => DisputeState::Lost,
        _ => return Err("unusable_status"),
    };
    let evidence: EvidenceDetails = object_if_any(dispute.evidence_details)?;
    Ok(Fact::Disputed(Dispute {
        id: id(dispute.id)?,
        payment: of_charge(&dispute)?,
        money: iso(money(dispute.amount, dispute.currency)?)?,
        state,
        due_by: moment(evidence.due_by),
    }))
}

/// The payment a refund or a dispute is about; one that names none is for a person.
fn of_charge(object: &Object) -> Reading<PaymentRef> {
    let (intent, charge) = (expandable(object.payment_intent)?, expandable(object.charge)?);
    let payment = PaymentRef {
        mark: mark(object.metadata)?,
        stack: stack(object.metadata)?,
        provider_order: None,
        provider_payment: intent.or(charge),
    };
    if payment.provider_payment.is_none() {
        return Err("unusable_object");
    }
    Ok(payment)
}

/// The id of a field that holds an id, or the object that has it.
pub(super) fn expandable(field: Field<'_>) -> Reading<Option<String>> {
    #[derive(Deserialize)]
    struct Expanded<'a> {
        #[serde(borrow)]
        id: Field<'a>,
    }
    match field {
        Some(raw) if raw.get().starts_with('{') => {
            let expanded: Expanded = object(field)?;
            id(expanded.id).map(Some)
        }
        _ => id_if_any(field),
    }
}

#[cfg(test)]
mod tests;
