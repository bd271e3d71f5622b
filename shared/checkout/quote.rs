//! `POST /v1/checkout/quote`: what a basket costs now. Nothing is held by it.
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::request::{self, Item, Quote};
use super::{Endpoint, row};
use crate::answer::Answer;
use crate::db::release;
use crate::failure::Failure;
use crate::lambda::Request;

impl Endpoint {
    /// Prices of the catalogue, less the promotion, with shipping and tax; or why it cannot be had.
    pub async fn quote(&self, request: &Request) -> Result<Answer, Failure> {
        self.admit(request).await?;
        let quote = request::read::<Quote>(&request.body)?.checked()?;
        let (products, variants, quantities) = columns(&quote.items);
        let promo = request::promo(quote.promo.as_deref());
        let rows = self
            .db
            .query(
                request.deadline,
                &release::sql(include_str!("quote.sql")),
                &[
                    (&products, Type::TEXT_ARRAY),
                    (&variants, Type::TEXT_ARRAY),
                    (&quantities, Type::INT8_ARRAY),
                    (&promo, Type::TEXT),
                    (&quote.email, Type::TEXT),
                    (&request.now, Type::TIMESTAMPTZ),
                ],
            )
            .await?;
        let row =
            rows.first().ok_or_else(|| Failure::House { code: "no_answer", detail: "no quote".into() })?;
        let items: Value = serde_json::from_str(row.get("items")).unwrap_or_default();
        let currency: &str = row.get("currency");
        Ok(Answer::ok(
            json!({ "currency": currency, "items": items, "cost": row::cost(row, row.get("subtotal")) }),
        ))
    }
}

/// A basket as SQL takes it, column by column.
pub(super) fn columns(items: &[Item]) -> (Vec<&str>, Vec<&str>, Vec<i64>) {
    (
        items.iter().map(|item| item.product.as_str()).collect(),
        items.iter().map(|item| item.variant.as_str()).collect(),
        items.iter().map(|item| item.qty).collect(),
    )
}
