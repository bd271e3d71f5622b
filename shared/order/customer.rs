//! Who buys, known by their address.
use tokio::time::Instant;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::db::Db;
use crate::failure::Failure;

/// The customer's id, made when the address is new (in lower case). A commit of its own, before an order takes its locks.
pub async fn customer(db: &Db, deadline: Instant, email: &str, name: &str) -> Result<Uuid, Failure> {
    let id = Uuid::now_v7();
    let params: [crate::db::Param<'_>; 3] = [(&id, Type::UUID), (&email, Type::TEXT), (&name, Type::TEXT)];
    let rows = db.query(deadline, include_str!("customer.sql"), &params).await?;
    Ok(rows.first().map_or(id, |row| row.get("id")))
}
