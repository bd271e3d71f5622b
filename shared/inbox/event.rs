//! The normalised event: what Stripe and Razorpay said, in our words, whichever of them said it.
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use uuid::Uuid;

use crate::money::Money;

/// The key under which our payment id stands in a provider's metadata (Stripe) or notes (Razorpay).
pub const MARK: &str = "payonce_payment_id";

/// The key beside it under which stands whose mark it is, `payonce/prod`: several stacks may share a provider account.
pub const STACK: &str = "payonce_stack";

/// The key under which our refund's id stands in the metadata or notes of a provider's refund.
pub const REFUND_MARK: &str = "payonce_refund_id";

/// Who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Stripe.
    Stripe,
    /// Razorpay.
    Razorpay,
}

/// A body whose signature was verified, and which secret did it. Only `stripe::verify`,
/// `razorpay::verify` and the inbox itself (for bodies it stored) make one.
#[derive(Clone, Debug)]
pub struct Verified {
    pub(crate) body: Bytes,
    pub(crate) secret_version: String,
    /// Razorpay's `x-razorpay-event-id`: outside the signature, so kept and never trusted.
    pub(crate) header_id: Option<String>,
}

/// A verified, readable event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Who sent it.
    pub provider: Provider,
    /// Identity within the provider, from signed bytes alone: Stripe's `id`, the SHA-256 of a Razorpay body.
    pub key: String,
    /// The signed creation time; the epoch when it is missing or out of bounds, never the time of receipt.
    pub created: SystemTime,
    /// The provider's type, `payment.captured`.
    pub kind: String,
    /// Real money? Stripe says so in the event; for Razorpay it follows from the key whose secret verified it.
    pub livemode: Option<bool>,
    /// The provider account it is about, where the event names one.
    pub account: Option<String>,
    /// The verified bytes and their origin.
    pub verified: Verified,
    /// What it tells us.
    pub fact: Fact,
}

/// What an event tells us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Money was captured.
    Captured(Capture),
    /// A payment moved without money arriving: authorised, failed, expired, ...
    Advanced(PaymentRef, Stage),
    /// A refund, as it now stands.
    Refunded(Refund),
    /// The provider's running total of refunds of one payment (Stripe's `charge.refunded`): it reconciles, it moves nothing.
    RefundsTotalled(PaymentRef, Money),
    /// A dispute, as it now stands.
    Disputed(Dispute),
    /// A type nobody handles yet: stored as `ignored`, replayed once somebody does.
    Unhandled,
    /// Verified and of a type we handle, but not usable as it is: parked under this code for a person.
    Unusable(&'static str),
}

/// Which payment: by our own mark in the provider's metadata, then by the provider's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentRef {
    /// Our payment id, written into the provider's metadata when the checkout was made.
    pub mark: Option<Uuid>,
    /// Whose mark it is, where the mark says so.
    pub stack: Option<String>,
    /// Stripe's Checkout Session, Razorpay's Order: several payments may share it.
    pub provider_order: Option<String>,
    /// Stripe's PaymentIntent, Razorpay's Payment: the unit in which money arrives.
    pub provider_payment: Option<String>,
}

/// Captured money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Of which payment.
    pub payment: PaymentRef,
    /// How much arrived.
    pub money: Money,
}

/// Where a payment without captured money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The buyer, or an asynchronous method, still has to act.
    RequiresAction,
    /// Reserved at the bank, not captured. Never counts as paid.
    Authorized,
    /// This attempt failed; another may succeed.
    Failed,
    /// The checkout closed unpaid.
    Expired,
    /// Called off.
    Cancelled,
}

/// A refund as its provider reports it. Keyed by `id`; later reports only move its state forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's refund id.
    pub id: String,
    /// Of which payment.
    pub payment: PaymentRef,
    /// How much goes back.
    pub money: Money,
    /// How far it got.
    pub state: RefundState,
}

/// How far a refund got. A succeeded refund can still fail; a failed one stays failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// On its way.
    Pending,
    /// The money went back.
    Succeeded,
    /// It did not; failed or cancelled.
    Failed,
}

/// A dispute as its provider reports it. Keyed by `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The provider's dispute id.
    pub id: String,
    /// Of which payment.
    pub payment: PaymentRef,
    /// How much is disputed.
    pub money: Money,
    /// How it stands.
    pub state: DisputeState,
    /// Evidence is due by then.
    pub due_by: Option<SystemTime>,
}

/// How a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeState {
    /// An enquiry: nothing was withdrawn.
    Inquiry,
    /// The money is withdrawn while it is argued.
    Open,
    /// Decided for us: the money is back.
    Won,
    /// Decided against us.
    Lost,
    /// Ended without money moving.
    Closed,
}

impl Fact {
    /// The payment it is about, where it is about one.
    pub fn payment(&self) -> Option<&PaymentRef> {
        match self {
            Self::Captured(Capture { payment, .. })
            | Self::Advanced(payment, _)
            | Self::Refunded(Refund { payment, .. })
            | Self::RefundsTotalled(payment, _)
            | Self::Disputed(Dispute { payment, .. }) => Some(payment),
            Self::Unhandled | Self::Unusable(_) => None,
        }
    }
}

impl Event {
    /// A mark of another stack is none of ours: what remains are the provider's ids.
    pub(crate) fn forget_marks_of_others(&mut self, ours: &str) {
        let payment = match &mut self.fact {
            Fact::Captured(Capture { payment, .. })
            | Fact::Advanced(payment, _)
            | Fact::Refunded(Refund { payment, .. })
            | Fact::RefundsTotalled(payment, _)
            | Fact::Disputed(Dispute { payment, .. }) => payment,
            Fact::Unhandled | Fact::Unusable(_) => return,
        };
        if payment.stack.as_deref().is_some_and(|stack| stack != ours) {
            payment.mark = None;
        }
    }
}

impl Provider {
    /// As stored: `stripe`, `razorpay`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Razorpay => "razorpay",
        }
    }
}

impl std::str::FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "stripe" => Ok(Self::Stripe),
            "razorpay" => Ok(Self::Razorpay),
            _ => Err(format!("unknown provider {text:?}: stripe or razorpay")),
        }
    }
}

impl Stage {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequiresAction => "requires_action",
            Self::Authorized => "authorized",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl RefundState {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl DisputeState {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }
}

impl Verified {
    /// The signed bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Years in which a provider's `created` is believed: 2010 up to 2100 (Stripe went public in 2011).
const BELIEVABLE_UNIX: std::ops::Range<u64> = 1_262_304_000..4_102_444_800;

/// A signed unix time as a key: frozen for ever (a different reading of the same bytes would be a second row).
pub fn signed_time(unix: Option<u64>) -> SystemTime {
    let believed = unix.filter(|seconds| BELIEVABLE_UNIX.contains(seconds)).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(believed)
}

/// Is this an id as providers make them (`evt_1Nx`, `pay_29QQoUBi66xm2f`)? Keeps NUL bytes, blanks and novels out of text columns.
pub fn is_provider_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}
