//! The sandbox: everything succeeds, nothing leaves the house. Its ids follow from ours, so asking twice is asking once.
use uuid::Uuid;

use super::{Ask, Fault, Opened, RefundAsk, Refunded};
use crate::inbox::Provider;
use crate::inbox::event::RefundState;
use crate::{razorpay, stripe};

pub(super) fn open(provider: Provider, ask: &Ask<'_>) -> Result<Opened, Fault> {
    let payable = match provider {
        Provider::Stripe => stripe::minor_units::to_wire(ask.money).is_some(),
        Provider::Razorpay => razorpay::client::payable(ask.money).is_some(),
    };
    if !payable {
        return Err(Fault::not_asked(
            "amount_not_payable",
            format!("{} cannot take {}", provider.name(), ask.money),
        ));
    }
    let provider_order = match provider {
        Provider::Stripe => format!("cs_test_sandbox_{}", ask.payment.simple()),
        Provider::Razorpay => format!("order_sandbox{}", tail(ask.payment)),
    };
    Ok(Opened { provider_order, url: None })
}

pub(super) fn refund(provider: Provider, ask: &RefundAsk<'_>) -> Refunded {
    let provider_refund = match provider {
        Provider::Stripe => format!("re_sandbox_{}", ask.id.simple()),
        Provider::Razorpay => format!("rfnd_sandbox{}", tail(ask.id)),
    };
    Refunded { provider_refund, state: RefundState::Succeeded, money: ask.money }
}

/// The last 14 hex digits, as long as Razorpay's own ids: 56 random bits.
fn tail(id: Uuid) -> String {
    id.simple().to_string().split_off(18)
}
