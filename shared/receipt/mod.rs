//! Receipts: what was paid, by whom and for what, under a number of its own, as a page, a PDF or JSON.
//!
//! A [`Receipt`] is data, read in one call; how it looks is a pure function of it ([`html()`], [`pdf()`], [`json()`]), so that
//! the three never disagree. Its number is given when it is first asked for, or by the sweeper, whichever comes first.
mod about;
mod find;
mod format;
mod html;
mod issue;
mod json;
mod pdf;
mod resend;
mod sheet;
#[cfg(test)]
mod tests;

use crate::config::Seller;
use crate::inbox::Provider;
use crate::money::Money;

pub use about::About;
pub use find::{find, not_found, number};
pub use format::Format;
pub use html::{CONTENT_SECURITY_POLICY, html, refusal};
pub use issue::issue_due;
pub use json::json;
pub use pdf::pdf;
pub use resend::{Resent, resend};

/// What a buyer gets for their money. Days are ISO dates in UTC.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// `R-000001`, and `TEST-000001` where no money is real.
    pub number: String,
    /// Real money?
    pub livemode: bool,
    /// The day its number was given.
    pub issued_on: String,
    /// The day the money came.
    pub paid_on: String,
    /// Who sells.
    pub seller: Seller,
    /// Who bought, as they write their name; may be empty.
    pub buyer: String,
    /// What was bought.
    pub bought: Bought,
    /// Before discount, shipping and tax.
    pub subtotal: Money,
    /// Taken off, zero or more.
    pub discount: Money,
    /// The promotion used, whatever it gave.
    pub promo_code: Option<String>,
    /// Added for shipping.
    pub shipping: Money,
    /// Added for tax.
    pub tax: Money,
    /// Tax that is in the prices already.
    pub tax_included: Money,
    /// What it all comes to.
    pub total: Money,
    /// What came: the total, unless somebody at the seller's let a difference be.
    pub paid: Money,
    /// At whom.
    pub provider: Provider,
    /// The provider's id of the payment.
    pub provider_payment: String,
    /// What went back, oldest first.
    pub refunds: Vec<Refund>,
    /// All that went back, at most what was paid.
    pub refunded: Money,
}

/// What a receipt is for.
#[derive(Clone, Debug)]
pub enum Bought {
    /// Goods.
    Order {
        /// `ORD-...`.
        id: String,
        /// In the order's own order.
        lines: Vec<Line>,
    },
    /// Credits.
    TopUp {
        /// The payment's uuid.
        payment: String,
        /// The account's name, for people.
        account: String,
        /// How many.
        credits: i64,
    },
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// The product's name when it was ordered.
    pub title: String,
    /// `""` where there is one only.
    pub variant: String,
    /// Pieces.
    pub qty: i64,
    /// Of one piece.
    pub unit_price: Money,
    /// Of all of them.
    pub total: Money,
}

/// Money that went back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The day.
    pub on: String,
    /// How much.
    pub amount: Money,
}

/// How much of it went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Paid,
    /// Some.
    PartiallyRefunded,
    /// All.
    Refunded,
}

impl Receipt {
    /// Says whether, and how far, it was refunded.
    pub fn standing(&self) -> Standing {
        match self.refunded.minor {
            0 => Standing::Paid,
            back if back < self.paid.minor => Standing::PartiallyRefunded,
            _ => Standing::Refunded,
        }
    }

    /// What the buyer has paid after all.
    pub fn net(&self) -> Money {
        Money { minor: self.paid.minor.saturating_sub(self.refunded.minor), currency: self.paid.currency }
    }
}
