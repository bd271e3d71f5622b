//! What a sample event is about. `stripe::sample` and `razorpay::sample` write it as the provider
//! would, for tests, the CLI and the files in `events/`; nothing here is ever signed by itself.
use serde_json::{Value, json};
use uuid::Uuid;

use crate::inbox::event::{MARK, Provider, STACK};
use crate::money::Money;

/// A payment at the Foxglove, books and tea, as its provider would tell of it.
#[derive(Clone, Debug)]
pub struct SamplePayment {
    /// In the body for Stripe, in the unsigned header for Razorpay. Give each event its own.
    pub event_id: String,
    /// Our payment id, written into metadata or notes.
    pub mark: Option<Uuid>,
    /// Whose mark that is, written beside it.
    pub stack: Option<String>,
    /// Checkout Session or Order.
    pub provider_order: String,
    /// PaymentIntent or Payment.
    pub provider_payment: String,
    /// What the buyer pays.
    pub money: Money,
    /// What a refund or a dispute is about, in minor units; the whole payment when not given.
    pub part: Option<i64>,
    /// Told by Stripe only.
    pub livemode: bool,
    /// For the refund types.
    pub refund_id: String,
    /// For the dispute types.
    pub dispute_id: String,
    /// Instead of the status that the type implies: `charge.dispute.closed` as `lost`, `refund.created` as `processed`.
    pub status: Option<String>,
}

impl SamplePayment {
    /// With ids such as this provider makes, all ending in `tail`.
    pub fn new(provider: Provider, tail: &str, money: Money) -> Self {
        let (event, order, payment, refund, dispute) = match provider {
            Provider::Stripe => ("evt", "cs_test", "pi", "re", "dp"),
            Provider::Razorpay => ("evt", "order", "pay", "rfnd", "disp"),
        };
        Self {
            event_id: format!("{event}_{tail}"),
            mark: None,
            stack: None,
            provider_order: format!("{order}_{tail}"),
            provider_payment: format!("{payment}_{tail}"),
            money,
            part: None,
            livemode: false,
            refund_id: format!("{refund}_{tail}"),
            dispute_id: format!("{dispute}_{tail}"),
            status: None,
        }
    }

    /// The mark, and whose it is, as they stand in metadata or notes; nothing when there is none.
    pub(crate) fn marks(&self) -> Option<Value> {
        let mut marks = json!({ MARK: self.mark?.to_string() });
        if let (Some(stack), Some(marks)) = (&self.stack, marks.as_object_mut()) {
            marks.insert(STACK.into(), json!(stack));
        }
        Some(marks)
    }

    /// The same with its amounts as its provider writes them; `None` where the provider has no way to.
    pub(crate) fn on_the_wire(&self, to_wire: fn(Money) -> Option<i64>) -> Option<Self> {
        let wire = |minor| to_wire(Money { minor, ..self.money });
        let money = Money { minor: wire(self.money.minor)?, ..self.money };
        let part = match self.part {
            Some(part) => Some(wire(part)?),
            None => None,
        };
        Some(Self { money, part, ..self.clone() })
    }

    /// The refunded or disputed part.
    pub(crate) fn part(&self) -> i64 {
        self.part.unwrap_or(self.money.minor)
    }

    /// The given status, or the one the type implies.
    pub(crate) fn status<'a>(&'a self, implied: &'a str) -> &'a str {
        self.status.as_deref().unwrap_or(implied)
    }
}
