//! Amounts as Stripe writes them, and as they are: everywhere else in this house an amount is ISO 4217 minor units.
//!
//! The two differ for a few currencies (docs.stripe.com/currencies, September 2026). What does not convert exactly is
//! never rounded: it is not sent, and not believed.
use crate::inbox::reading::Reading;
use crate::money::{Currency, Money};

/// What stands on the wire.
enum Wire {
    /// The ISO minor units.
    Iso,
    /// Those times a hundred: ISO knows no fractions, Stripe writes two digits of them, which must be 00.
    Hundredfold,
    /// Those over a hundred: ISO knows fractions, Stripe takes whole units only.
    Whole,
    /// The ISO minor units, of which there are a thousand; the last digit must be 0 when we send.
    Tens,
}

fn wire(currency: Currency) -> Wire {
    match currency.code() {
        "ISK" | "UGX" => Wire::Hundredfold,
        "MGA" => Wire::Whole,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Wire::Tens,
        _ => Wire::Iso,
    }
}

/// What to send; `None` for an amount Stripe cannot take.
pub fn to_wire(money: Money) -> Option<i64> {
    let minor = Some(money.minor).filter(|minor| *minor >= 0)?;
    match wire(money.currency) {
        Wire::Iso => Some(minor),
        Wire::Hundredfold => minor.checked_mul(100),
        Wire::Whole => exactly(minor, 100),
        Wire::Tens => exactly(minor, 10).and(Some(minor)),
    }
}

/// The ISO minor units of what was sent; `None` where it is no whole number of them, or too many.
pub fn from_wire(wire_amount: i64, currency: Currency) -> Option<i64> {
    let amount = Some(wire_amount).filter(|amount| *amount >= 0)?;
    match wire(currency) {
        Wire::Iso | Wire::Tens => Some(amount),
        Wire::Hundredfold => exactly(amount, 100),
        Wire::Whole => amount.checked_mul(100),
    }
}

/// Money as it stood on the wire, in ISO minor units.
pub(super) fn iso(on_the_wire: Money) -> Reading<Money> {
    let minor = from_wire(on_the_wire.minor, on_the_wire.currency).ok_or("unusable_amount")?;
    Ok(Money { minor, ..on_the_wire })
}

fn exactly(amount: i64, unit: i64) -> Option<i64> {
    (amount % unit == 0).then_some(amount / unit)
}

#[cfg(test)]
mod tests;
