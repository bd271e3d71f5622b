//! Reads a receipt; numbers it first where nobody has.
use std::time::SystemTime;

use serde::Deserialize;
use tokio::time::Instant;

use super::about::typed;
use super::issue::issue;
use super::{About, Bought, Line, Receipt, Refund};
use crate::config::Seller;
use crate::db::Db;
use crate::failure::Failure;
use crate::money::{Currency, Money};

/// The receipt about `about`. Refuses with `not_found` and `not_paid_yet`.
pub async fn find(
    db: &Db,
    about: &About,
    seller: &Seller,
    now: SystemTime,
    deadline: Instant,
) -> Result<Receipt, Failure> {
    let mut found = read(db, about, deadline).await?;
    if found.number.is_none() && found.paid_on.is_some() {
        issue(db, about, now, deadline).await?;
        found = read(db, about, deadline).await?;
    }
    if found.paid_on.is_none() {
        return Err(not_paid_yet());
    }
    let incomplete = || Failure::House {
        code: "receipt_unreadable",
        detail: format!("{about}: paid, and without what a receipt says"),
    };
    found.receipt(seller.clone()).ok_or_else(incomplete)
}

/// No such receipt, or none for this caller: told in one way, so that nobody learns which.
pub fn not_found() -> Failure {
    Failure::Refused { code: "not_found", detail: "no receipt here, or the link is no longer valid".into() }
}

pub(super) fn not_paid_yet() -> Failure {
    Failure::Refused { code: "not_paid_yet", detail: "there is a receipt once it is paid".into() }
}

async fn read(db: &Db, about: &About, deadline: Instant) -> Result<Found, Failure> {
    let rows = db.query(deadline, include_str!("find.sql"), &typed(&about.columns())).await?;
    let row = rows.first().ok_or_else(not_found)?;
    serde_json::from_str(row.get("found"))
        .map_err(|error| Failure::House { code: "receipt_unreadable", detail: error.to_string() })
}

/// The answer of `find.sql`. Amounts are minor units of `currency`.
#[derive(Deserialize)]
struct Found {
    series: Option<String>,
    number: Option<i64>,
    issued_on: Option<String>,
    paid_on: Option<String>,
    livemode: bool,
    buyer: String,
    order: Option<String>,
    payment: Option<String>,
    account: Option<String>,
    credits: Option<i64>,
    currency: String,
    subtotal: i64,
    discount: i64,
    promo_code: Option<String>,
    shipping: i64,
    tax: i64,
    tax_included: i64,
    total: i64,
    paid: i64,
    provider: Option<String>,
    provider_payment: Option<String>,
    refunded: i64,
    lines: Vec<FoundLine>,
    refunds: Vec<FoundRefund>,
}

#[derive(Deserialize)]
struct FoundLine {
    title: String,
    variant: String,
    qty: i64,
    unit_price: i64,
    total: i64,
}

#[derive(Deserialize)]
struct FoundRefund {
    on: String,
    amount: i64,
}

impl Found {
    /// `None` where anything is missing that a paid and numbered one has.
    fn receipt(self, seller: Seller) -> Option<Receipt> {
        let currency: Currency = self.currency.parse().ok()?;
        let money = |minor| Money { minor, currency };
        let line = |line: FoundLine| Line {
            title: line.title,
            variant: line.variant,
            qty: line.qty,
            unit_price: money(line.unit_price),
            total: money(line.total),
        };
        let refund = |refund: FoundRefund| Refund { on: refund.on, amount: money(refund.amount) };
        let bought = match self.order {
            Some(id) => Bought::Order { id, lines: self.lines.into_iter().map(line).collect() },
            None => Bought::TopUp { payment: self.payment?, account: self.account?, credits: self.credits? },
        };
        Some(Receipt {
            number: number(&self.series?, self.number?),
            livemode: self.livemode,
            issued_on: self.issued_on?,
            paid_on: self.paid_on?,
            seller,
            buyer: self.buyer.trim().to_owned(),
            bought,
            subtotal: money(self.subtotal),
            discount: money(self.discount),
            promo_code: self.promo_code,
            shipping: money(self.shipping),
            tax: money(self.tax),
            tax_included: money(self.tax_included),
            total: money(self.total),
            paid: money(self.paid),
            provider: self.provider?.parse().ok()?,
            provider_payment: self.provider_payment?,
            refunds: self.refunds.into_iter().map(refund).collect(),
            refunded: money(self.refunded),
        })
    }
}

/// A receipt's number of the series `live` or `test` as it is printed: six digits, and more when there are more.
pub fn number(series: &str, number: i64) -> String {
    let prefix = if series == "live" { "R" } else { "TEST" };
    format!("{prefix}-{number:06}")
}

#[test]
fn a_number_is_printed_with_its_series() {
    assert_eq!(number("live", 1), "R-000001");
    assert_eq!(number("test", 42), "TEST-000042");
    assert_eq!(number("live", 1_234_567), "R-1234567");
}
