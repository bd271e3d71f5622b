//! A new order: prices from the catalogue, never from the caller; money terms fixed from here on.
use std::time::SystemTime;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use super::OrderId;
use crate::money::Money;

/// Who buys.
pub struct Customer<'a> {
    /// The address receipts go to; compared in lower case.
    pub email: &'a str,
    /// As they write it.
    pub name: &'a str,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// Slug in the catalogue.
    pub product: String,
    /// Variant in the inventory, `""` where there is one only.
    pub variant: String,
    /// Pieces.
    pub qty: i64,
}

/// What is ordered.
pub struct NewOrder<'a> {
    /// By whom.
    pub customer: Uuid,
    /// What, each product and variant once.
    pub lines: &'a [Line],
    /// A promotion code.
    pub promo: Option<&'a str>,
    /// Real money?
    pub livemode: bool,
    /// Now.
    pub now: SystemTime,
    /// Unpaid until then, it expires.
    pub expires_at: SystemTime,
}

/// Why an order cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unorderable {
    /// No such product and variant on sale, or in several currencies.
    #[error("not on sale, or not in one currency: check the product slugs and variants")]
    Lines,
    /// No such promotion now.
    #[error("no such promotion now: check the code, its window and its status")]
    Promotion,
    /// The database refused.
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
}

impl Customer<'_> {
    /// The customer's id. A commit of its own, before an order takes its locks.
    pub async fn upsert(&self, client: &Client) -> Result<Uuid, tokio_postgres::Error> {
        let (id, email) = (Uuid::now_v7(), self.email.to_lowercase());
        let rows = client
            .query_typed(
                "insert into payonce.customers as c (id, email, name) values ($1, $2, $3)
                 on conflict (email) do update set name = coalesce(nullif(excluded.name, ''), c.name) returning id",
                &[(&id, Type::UUID), (&email, Type::TEXT), (&self.name, Type::TEXT)],
            )
            .await?;
        Ok(rows.first().map_or(id, |row| row.get("id")))
    }
}

/// Writes the order and its lines; says its id and what it costs.
pub async fn create(step: &Transaction<'_>, order: &NewOrder<'_>) -> Result<(OrderId, Money), Unorderable> {
    let id = OrderId::of(Uuid::now_v7());
    let products: Vec<&str> = order.lines.iter().map(|line| line.product.as_str()).collect();
    let variants: Vec<&str> = order.lines.iter().map(|line| line.variant.as_str()).collect();
    let quantities: Vec<i64> = order.lines.iter().map(|line| line.qty).collect();
    if let Some(code) = order.promo {
        let live = step
            .query_typed(
                include_str!("find_promotion.sql"),
                &[(&code, Type::TEXT), (&order.now, Type::TIMESTAMPTZ)],
            )
            .await?;
        if live.is_empty() {
            return Err(Unorderable::Promotion);
        }
    }
    let rows = step
        .query_typed(
            include_str!("create.sql"),
            &[
                (&id.as_str(), Type::TEXT),
                (&order.customer, Type::UUID),
                (&products, Type::TEXT_ARRAY),
                (&variants, Type::TEXT_ARRAY),
                (&quantities, Type::INT8_ARRAY),
                (&order.promo, Type::TEXT),
                (&order.livemode, Type::BOOL),
                (&order.now, Type::TIMESTAMPTZ),
                (&order.expires_at, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    let row = rows.first().ok_or(Unorderable::Lines)?;
    let currency = row.get::<_, &str>("currency").parse().map_err(|_| Unorderable::Lines)?;
    Ok((id, Money { minor: row.get("total_minor"), currency }))
}
