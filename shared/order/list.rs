//! The newest orders.
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct Filter<'a> {
    /// Of the customer with this address.
    pub email: Option<&'a str>,
    /// In this state, be it the order's or its payment's.
    pub status: Option<&'a str>,
    /// At most so many.
    pub limit: i64,
}

/// The orders that fit, newest first: JSON objects, each with its customer's `email` and `name`.
pub async fn list(client: &Client, filter: &Filter<'_>) -> Result<Vec<Value>, Error> {
    let email = filter.email.map(str::to_lowercase);
    let rows = client
        .query_typed(
            include_str!("list.sql"),
            &[(&email, Type::TEXT), (&filter.status, Type::TEXT), (&filter.limit, Type::INT8)],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get("fields")).ok()).collect())
}
