//! Payments, the captures that settle them, and the facts that take them back.
//!
//! Owns payments, captures, refunds and disputes. Every function here is one call of the SQL function beside it, which
//! claims the event, applies it and settles it in one commit.
mod captured;
mod look_up;
mod story;
mod waiting;

use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::db::{Db, Param};
use crate::failure::Failure;
use crate::inbox::event::{Capture, Dispute, PaymentRef, Refund, Stage};
use crate::inbox::{self, Claim, Settled};
use crate::money::Money;

pub use captured::{Captured, captured};
pub use look_up::{About, Found, look_up};
pub use story::{Story, story};
pub use waiting::waiting;

/// Captured money takes effect. Outcomes: `order_paid` and `credits_granted`; `already_captured` (another event told of
/// the same money); `duplicate_capture` (the order or payment was settled by other money: a refund is requested);
/// `order_unfulfillable` (stock gone, order cancelled: a refund is requested); `not_ours` (ignored). Parked:
/// `payment_amount_mismatch`, `capture_disagrees` (told before with another amount), `livemode_mismatch`,
/// `provider_mismatch`, `provider_order_mismatch`.
pub async fn settle(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    capture: &Capture,
) -> Result<Settled, Failure> {
    let (mail_id, refund_id) = (Uuid::now_v7(), Uuid::now_v7());
    let currency = capture.money.currency.code();
    let mut args = reference(&capture.payment);
    args.extend::<[Param<'_>; 4]>([
        (&capture.money.minor, Type::INT8),
        (&currency, Type::TEXT),
        (&mail_id, Type::UUID),
        (&refund_id, Type::UUID),
    ]);
    inbox::apply(db, deadline, claim, "settle_payment", &args).await
}

/// A payment moved without money arriving. Outcomes: `payment_<stage>`, `no_change`, and those of a missing payment.
pub async fn advance(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    payment: &PaymentRef,
    stage: Stage,
) -> Result<Settled, Failure> {
    let stage = stage.name();
    let mut args = reference(payment);
    args.push((&stage, Type::TEXT));
    inbox::apply(db, deadline, claim, "advance_payment", &args).await
}

/// A refund is a fact. Outcomes: `refund_recorded`, `no_change`, `fact_kept_for_unknown_payment`;
/// `refund_exceeds_capture`, `refund_currency_mismatch` (kept, and parked for a person).
pub async fn record_refund(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    refund: &Refund,
) -> Result<Settled, Failure> {
    let (fact_id, refund_id) = (Uuid::now_v7(), Uuid::now_v7());
    let (currency, state) = (refund.money.currency.code(), refund.state.name());
    let mut args = reference(&refund.payment);
    args.extend::<[Param<'_>; 6]>([
        (&refund.id, Type::TEXT),
        (&refund.money.minor, Type::INT8),
        (&currency, Type::TEXT),
        (&state, Type::TEXT),
        (&fact_id, Type::UUID),
        (&refund_id, Type::UUID),
    ]);
    inbox::apply(db, deadline, claim, "record_refund", &args).await
}

/// The provider's running total of refunds: outcome `refunds_agree`, or the event fails until the facts explain it.
pub async fn reconcile_refunds(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    payment: &PaymentRef,
    total: Money,
) -> Result<Settled, Failure> {
    let currency = total.currency.code();
    let mut args = reference(payment);
    args.extend::<[Param<'_>; 2]>([(&total.minor, Type::INT8), (&currency, Type::TEXT)]);
    inbox::apply(db, deadline, claim, "reconcile_refunds", &args).await
}

/// A dispute is a fact. Outcomes: `dispute_recorded`, `no_change`, `fact_kept_for_unknown_payment`;
/// `dispute_currency_mismatch` (kept, and parked for a person).
pub async fn record_dispute(
    db: &Db,
    deadline: Instant,
    claim: &Claim<'_>,
    dispute: &Dispute,
) -> Result<Settled, Failure> {
    let refund_id = Uuid::now_v7();
    let (currency, state) = (dispute.money.currency.code(), dispute.state.name());
    let mut args = reference(&dispute.payment);
    args.extend::<[Param<'_>; 6]>([
        (&dispute.id, Type::TEXT),
        (&dispute.money.minor, Type::INT8),
        (&currency, Type::TEXT),
        (&state, Type::TEXT),
        (&dispute.due_by, Type::TIMESTAMPTZ),
        (&refund_id, Type::UUID),
    ]);
    inbox::apply(db, deadline, claim, "record_dispute", &args).await
}

/// The three arguments by which every function finds its payment.
fn reference(payment: &PaymentRef) -> Vec<Param<'_>> {
    vec![
        (&payment.mark, Type::UUID),
        (&payment.provider_order, Type::TEXT),
        (&payment.provider_payment, Type::TEXT),
    ]
}
