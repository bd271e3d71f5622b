//! A charge is found by whatever its customer or its provider's dashboard can quote.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::order::OrderId;

/// What a quoted id led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What the id was: `our payment id`, `the provider's order id`.
    pub matched: String,
    /// What it is about.
    pub about: About,
    /// Our payment, where the id names one: an order's own id does not.
    pub payment: Option<Uuid>,
}

/// What a charge is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An order, by its id.
    Order(String),
    /// Credits, by the id of their payment.
    TopUp(Uuid),
}

/// Everything that `quoted` names: none, one, or where payments share an order of their provider, several.
pub async fn look_up(client: &Client, quoted: &str) -> Result<Vec<Found>, Error> {
    let order = OrderId::quoted(quoted);
    let order = order.as_ref().map(OrderId::as_str);
    let payment: Option<Uuid> = quoted.parse().ok();
    let rows = client
        .query_typed(
            include_str!("look_up.sql"),
            &[(&quoted, Type::TEXT), (&order, Type::TEXT), (&payment, Type::UUID)],
        )
        .await?;
    let found = rows.iter().filter_map(|row| {
        let payment: Option<Uuid> = row.get("payment_id");
        let about = match row.get::<_, Option<String>>("order_id") {
            Some(order) => About::Order(order),
            None => About::TopUp(payment?),
        };
        Some(Found { matched: row.get("matched"), about, payment })
    });
    Ok(found.collect())
}
