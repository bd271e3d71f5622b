//! Money that came, as an operator decides about it.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};
use uuid::Uuid;

use super::About;
use crate::inbox::Provider;
use crate::money::Money;

/// One capture.
#[derive(Clone, Debug)]
pub struct Captured {
    /// At whom.
    pub provider: Provider,
    /// `pi_...`, `pay_...`
    pub provider_payment: String,
    /// For which payment of ours.
    pub payment: Uuid,
    /// For which order; none: it bought credits.
    pub order: Option<String>,
    /// How much came.
    pub money: Money,
    /// What of it can still be refunded: neither refunded, nor asked to be, nor lost in a dispute.
    pub left: Money,
    /// `settled`, `mismatch`, `duplicate` or `unfulfillable`.
    pub verdict: String,
    /// Of a mismatch: has a person decided?
    pub decided: bool,
}

/// The money that came for an order or for credits, oldest first.
pub async fn captured(client: &Client, about: &About) -> Result<Vec<Captured>, Error> {
    let (order, payment) = match about {
        About::Order(order) => (Some(order.as_str()), None),
        About::TopUp(payment) => (None, Some(*payment)),
    };
    let params = [(&order as _, Type::TEXT), (&payment as _, Type::UUID)];
    let rows = client.query_typed(include_str!("captured.sql"), &params).await?;
    Ok(rows.iter().filter_map(read).collect())
}

fn read(row: &Row) -> Option<Captured> {
    let currency = row.get::<_, &str>("currency").parse().ok()?;
    let (came, gone): (i64, i64) = (row.get("amount_minor"), row.get("gone"));
    Some(Captured {
        provider: row.get::<_, &str>("provider").parse().ok()?,
        provider_payment: row.get("provider_payment_id"),
        payment: row.get("payment_id"),
        order: row.get("order_id"),
        money: Money { minor: came, currency },
        left: Money { minor: came.saturating_sub(gone).max(0), currency },
        verdict: row.get("verdict"),
        decided: row.get("decided"),
    })
}
