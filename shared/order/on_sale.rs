//! What is on sale.
use tokio_postgres::{Client, Error};

use crate::money::Money;

/// A product in one of its variants.
#[derive(Clone, Debug)]
pub struct OnSale {
    /// Slug in the catalogue.
    pub product: String,
    /// Variant in the inventory, `""` where it needs no name.
    pub variant: String,
    /// Of one piece.
    pub price: Money,
    /// Pieces on the shelf that no open order holds.
    pub free: i64,
}

/// Everything an order can be made of, by product and variant.
pub async fn on_sale(client: &Client) -> Result<Vec<OnSale>, Error> {
    let rows = client.query_typed(include_str!("on_sale.sql"), &[]).await?;
    let on_sale = rows.iter().filter_map(|row| {
        let currency = row.get::<_, &str>("currency").parse().ok()?;
        Some(OnSale {
            product: row.get("slug"),
            variant: row.get("variant"),
            price: Money { minor: row.get("price_minor"), currency },
            free: row.get("free"),
        })
    });
    Ok(on_sale.collect())
}
