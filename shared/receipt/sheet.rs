//! The words of a receipt, for whoever prints them: page and PDF say the same because they print the same sheet.
use super::{Bought, Receipt, Standing};
use crate::inbox::Provider;
use crate::money::{Money, thousands};

/// Every text of a receipt, in the order of reading.
pub(super) struct Sheet {
    /// `Receipt R-000001`.
    pub(super) title: String,
    /// What must be seen first.
    pub(super) marks: Vec<Mark>,
    /// What it is about: a name and a value each.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What was bought.
    pub(super) lines: Vec<SheetLine>,
    /// What it comes to.
    pub(super) totals: Vec<Total>,
}

/// A word above everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// No money is real.
    Test,
    /// Some of it went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
}

impl Mark {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Test => "TEST \u{2013} no real money was moved",
            Self::PartiallyRefunded => "Partially refunded",
            Self::Refunded => "Refunded",
        }
    }

    /// Its class in the page's style.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::PartiallyRefunded | Self::Refunded => "refunded",
        }
    }
}

/// A line of the table; amounts as the buyer reads them.
pub(super) struct SheetLine {
    pub(super) title: String,
    pub(super) variant: String,
    pub(super) qty: String,
    pub(super) unit_price: String,
    pub(super) total: String,
}

/// A line below the table.
pub(super) struct Total {
    pub(super) label: String,
    pub(super) amount: String,
    pub(super) weight: Weight,
}

/// How loud a total is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Adds up to something.
    Plain,
    /// What it adds up to.
    Sum,
    /// Said by the way: it adds nothing.
    Aside,
}

impl Weight {
    /// Its class in the page's style.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sum => "sum",
            Self::Aside => "aside",
        }
    }
}

impl Sheet {
    pub(super) fn of(receipt: &Receipt) -> Self {
        Self {
            title: format!("Receipt {}", receipt.number),
            marks: marks(receipt),
            facts: facts(receipt),
            lines: lines(receipt),
            totals: totals(receipt),
        }
    }
}

fn marks(receipt: &Receipt) -> Vec<Mark> {
    let standing = match receipt.standing() {
        Standing::Paid => None,
        Standing::PartiallyRefunded => Some(Mark::PartiallyRefunded),
        Standing::Refunded => Some(Mark::Refunded),
    };
    (!receipt.livemode).then_some(Mark::Test).into_iter().chain(standing).collect()
}

fn facts(receipt: &Receipt) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Issued", receipt.issued_on.clone()), ("Paid", receipt.paid_on.clone())];
    if !receipt.buyer.is_empty() {
        facts.push(("Billed to", receipt.buyer.clone()));
    }
    match &receipt.bought {
        Bought::Order { id, .. } => facts.push(("Order", id.clone())),
        Bought::TopUp { payment, account, .. } => {
            facts.push(("Account", account.clone()));
            facts.push(("Top-up", payment.clone()));
        }
    }
    let provider = match receipt.provider {
        Provider::Stripe => "Stripe",
        Provider::Razorpay => "Razorpay",
    };
    facts.extend([("Paid by", provider.to_owned()), ("Payment", receipt.provider_payment.clone())]);
    if let (Some(code), 0) = (&receipt.promo_code, receipt.discount.minor) {
        facts.push(("Promotion", code.clone()));
    }
    facts
}

fn lines(receipt: &Receipt) -> Vec<SheetLine> {
    match &receipt.bought {
        Bought::Order { lines, .. } => lines
            .iter()
            .map(|line| SheetLine {
                title: line.title.clone(),
                variant: line.variant.clone(),
                qty: thousands(&line.qty.to_string()),
                unit_price: line.unit_price.for_buyer(),
                total: line.total.for_buyer(),
            })
            .collect(),
        Bought::TopUp { credits, .. } => {
            let amount = receipt.subtotal.for_buyer();
            let unit = if *credits == 1 { "credit" } else { "credits" };
            vec![SheetLine {
                title: format!("{} {unit}", thousands(&credits.to_string())),
                variant: String::new(),
                qty: "1".into(),
                unit_price: amount.clone(),
                total: amount,
            }]
        }
    }
}

fn totals(receipt: &Receipt) -> Vec<Total> {
    let total = |label: &str, amount: String, weight| Total { label: label.into(), amount, weight };
    let added = |label: &str, money: Money| {
        (money.minor != 0).then(|| total(label, money.for_buyer(), Weight::Plain))
    };
    let off =
        |label: String, money: Money| (money.minor != 0).then(|| total(&label, taken(money), Weight::Plain));
    let discount = receipt.promo_code.as_ref().map_or("Discount".into(), |code| format!("Discount ({code})"));
    let refunds =
        receipt.refunds.iter().filter_map(|refund| off(format!("Refunded {}", refund.on), refund.amount));
    let after = receipt.standing() != Standing::Paid;
    // A person accepted another amount than was asked for.
    let short = Money { minor: receipt.total.minor.saturating_sub(receipt.paid.minor), ..receipt.total };
    let differs = short.minor != 0;
    let let_off = match short.minor {
        1.. => off("Not charged".into(), short),
        _ => added("Paid beyond it", Money { minor: -short.minor, ..short }),
    };
    [
        Some(total("Subtotal", receipt.subtotal.for_buyer(), Weight::Plain)),
        off(discount, receipt.discount),
        added("Shipping", receipt.shipping),
        added("Tax", receipt.tax),
        differs.then(|| total("Total", receipt.total.for_buyer(), Weight::Sum)),
        let_off,
        Some(total("Total paid", receipt.paid.for_buyer(), Weight::Sum)),
        (receipt.tax_included.minor != 0)
            .then(|| total("Tax included", receipt.tax_included.for_buyer(), Weight::Aside)),
    ]
    .into_iter()
    .flatten()
    .chain(refunds)
    .chain(after.then(|| total("Net of refunds", receipt.net().for_buyer(), Weight::Sum)))
    .collect()
}

/// An amount that goes off, with a true minus before it.
fn taken(money: Money) -> String {
    format!("\u{2212}{}", money.for_buyer())
}
