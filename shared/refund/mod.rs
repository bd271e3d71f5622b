//! Refunds on their way out: an operator asks for one, and each that was requested is sent.
//!
//! A request is a row, written in the commit of what made it due; sending it is a call of its own, under a lease. What the
//! provider answers enters as an event like any other (`inbox::own`), so facts, credits and orders follow by the one door.
mod send;

use std::time::SystemTime;

use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::db::release;
use crate::failure::Failure;
use crate::inbox::Provider;
use crate::order::Line;

pub use send::{Tally, send_due, waiting};

/// What an operator asks for.
pub struct Wanted<'a> {
    /// Whose money.
    pub provider: Provider,
    /// The provider's id of the payment that came.
    pub provider_payment: &'a str,
    /// Minor units; none: all that is left.
    pub minor: Option<i64>,
    /// Why, for the books.
    pub note: &'a str,
    /// Who asks.
    pub actor: &'a str,
    /// Goods that are back: none, all, or these.
    pub returned: Returned<'a>,
}

/// What goes back on the shelf.
pub enum Returned<'a> {
    /// Nothing.
    Nothing,
    /// All of the order that was sold and is not back yet.
    Everything(&'a str),
    /// These lines of the order.
    Lines(&'a str, &'a [Line]),
}

/// Writes the request and the returned goods in one commit; says the refund's id, its amount, and the pieces put back.
/// Refused (`refund_impossible`) while a dispute about the money is open, while another request is on its way, for more
/// than is left, or for goods that this money did not buy; `reason_required` without a reason and an actor.
pub async fn request(
    client: &mut Client,
    wanted: &Wanted<'_>,
    now: SystemTime,
) -> Result<(Uuid, i64, i64), Failure> {
    let (id, provider, reason) = (Uuid::now_v7(), wanted.provider.name(), "operator");
    let step = client.transaction().await.map_err(crate::db::Error::from)?;
    let rows = step
        .query_typed(
            &release::sql("select payonce_release.request_refund($1, $2, $3, $4, $5, $6, $7, $8) as minor"),
            &[
                (&provider, Type::TEXT),
                (&wanted.provider_payment, Type::TEXT),
                (&wanted.minor, Type::INT8),
                (&reason, Type::TEXT),
                (&wanted.note, Type::TEXT),
                (&wanted.actor, Type::TEXT),
                (&id, Type::UUID),
                (&now, Type::TIMESTAMPTZ),
            ],
        )
        .await
        .map_err(crate::db::Error::from)?;
    let minor = rows.first().map_or(0, |row| row.get("minor"));
    let (order, lines): (&str, &[Line]) = match wanted.returned {
        Returned::Nothing => ("", &[]),
        Returned::Everything(order) => (order, &[]),
        Returned::Lines(order, lines) => (order, lines),
    };
    let mut pieces = 0;
    if !order.is_empty() {
        let products: Vec<&str> = lines.iter().map(|line| line.product.as_str()).collect();
        let variants: Vec<&str> = lines.iter().map(|line| line.variant.as_str()).collect();
        let quantities: Vec<i64> = lines.iter().map(|line| line.qty).collect();
        let rows = step
            .query_typed(
                &release::sql(
                    "select payonce_release.return_stock($1, $2, $3, $4, $5, $6, $7, $8) as pieces",
                ),
                &[
                    (&provider, Type::TEXT),
                    (&wanted.provider_payment, Type::TEXT),
                    (&order, Type::TEXT),
                    (&products, Type::TEXT_ARRAY),
                    (&variants, Type::TEXT_ARRAY),
                    (&quantities, Type::INT8_ARRAY),
                    (&wanted.actor, Type::TEXT),
                    (&now, Type::TIMESTAMPTZ),
                ],
            )
            .await
            .map_err(crate::db::Error::from)?;
        pieces = rows.first().map_or(0, |row| row.get("pieces"));
    }
    step.commit().await.map_err(crate::db::Error::from)?;
    Ok((id, minor, pieces))
}

/// What is requested or under way at its provider, at most `limit`, what was given up first: JSON objects, their `state` being
/// `requested`, `pending` or `given up`.
pub async fn list(client: &Client, limit: i64, now: SystemTime) -> Result<Vec<Value>, Failure> {
    let rows = client
        .query_typed(include_str!("list.sql"), &[(&limit, Type::INT8), (&now, Type::TIMESTAMPTZ)])
        .await
        .map_err(crate::db::Error::from)?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get("refund")).ok()).collect())
}

/// Has a refund that was given up tried again, at once; also one that the hourly cap holds back: a person asks for it now.
/// `false`: there is no such request that waits.
pub async fn try_again(client: &Client, id: Uuid, now: SystemTime) -> Result<bool, Failure> {
    let rows = client
        .query_typed(
            "update payonce.refunds set next_attempt_at = $2, attempts = least(attempts, 1), first_sent_at = coalesce(first_sent_at, $2)
             where id = $1 and state = 'requested' and coalesce(lease_until <= $2, true) returning id",
            &[(&id, Type::UUID), (&now, Type::TIMESTAMPTZ)],
        )
        .await
        .map_err(crate::db::Error::from)?;
    Ok(!rows.is_empty())
}
