//! Money that is not what was asked waits for an operator: it goes back, or two persons accept it.
use std::time::SystemTime;

use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::db::{self, release};
use crate::failure::Failure;
use crate::inbox::Provider;

/// The event that an operator's decision makes of itself: who sent the money, and when it is. Nothing of it is stored.
const DECIDED: &str =
    "row(null, $1, null, null, null, null, null, null, null, null, $2, 0, null, null)::payonce_release.event";

/// Which money, who decides, and why.
pub struct Decision<'a> {
    /// Whose money.
    pub provider: Provider,
    /// The provider's id of the payment that came.
    pub provider_payment: &'a str,
    /// Who decides.
    pub actor: &'a str,
    /// Why, for the books.
    pub reason: &'a str,
    /// Now.
    pub now: SystemTime,
}

/// Every capture that waits for a decision, oldest first; JSON objects of what came and what was asked.
pub async fn list(client: &Client, limit: i64) -> Result<Vec<Value>, Failure> {
    let rows = client
        .query_typed(include_str!("list.sql"), &[(&limit, Type::INT8)])
        .await
        .map_err(db::Error::from)?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get("mismatch")).ok()).collect())
}

/// Two persons accept it: the difference is an adjustment, and the order or top-up takes effect. Says the verdict:
/// `settled`, or `duplicate` and `unfulfillable` when it came too late, and the money goes back. Refused
/// (`mismatch_decided`, `refund_impossible`) when there is nothing to decide, the currency differs or some of it is gone;
/// `reason_required` without a reason and an actor, `second_person_required` when the second is the first.
pub async fn accept(client: &Client, decision: &Decision<'_>, second: &str) -> Result<String, Failure> {
    let (mail, refund, provider) = (Uuid::now_v7(), Uuid::now_v7(), decision.provider.name());
    let sql = format!("select payonce_release.accept_mismatch({DECIDED}, $3, $4, $5, $6, $7, $8) as verdict");
    let rows = client
        .query_typed(
            &release::sql(&sql),
            &[
                (&provider, Type::TEXT),
                (&decision.now, Type::TIMESTAMPTZ),
                (&decision.provider_payment, Type::TEXT),
                (&decision.actor, Type::TEXT),
                (&second, Type::TEXT),
                (&decision.reason, Type::TEXT),
                (&mail, Type::UUID),
                (&refund, Type::UUID),
            ],
        )
        .await
        .map_err(db::Error::from)?;
    Ok(rows.first().map(|row| row.get("verdict")).unwrap_or_default())
}

/// It goes back, all that is left of it. Says the refund's id and its minor units; 0 when all of it went back by hand: then
/// there is no refund, only the decision.
pub async fn refund(client: &Client, decision: &Decision<'_>) -> Result<(Uuid, i64), Failure> {
    let (refund, provider) = (Uuid::now_v7(), decision.provider.name());
    let sql = format!("select payonce_release.refund_mismatch({DECIDED}, $3, $4, $5, $6) as minor");
    let rows = client
        .query_typed(
            &release::sql(&sql),
            &[
                (&provider, Type::TEXT),
                (&decision.now, Type::TIMESTAMPTZ),
                (&decision.provider_payment, Type::TEXT),
                (&decision.actor, Type::TEXT),
                (&decision.reason, Type::TEXT),
                (&refund, Type::UUID),
            ],
        )
        .await
        .map_err(db::Error::from)?;
    Ok((refund, rows.first().map_or(0, |row| row.get("minor"))))
}
