//! The invariants: SQL that must return no row, ever. Read-only.

use tokio_postgres::{Client, Error};

/// One invariant.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// `I05`.
    pub name: &'static str,
    /// In words.
    pub says: &'static str,
    /// Returns the rows that break it, a text column `broken` first.
    pub sql: &'static str,
}

/// All invariants of the tables that exist, in the order of the file.
pub fn invariants() -> impl Iterator<Item = Invariant> {
    include_str!("invariants.sql").split("-- name: ").skip(1).filter_map(|block| {
        let (title, sql) = block.split_once('\n')?;
        let (name, says) = title.split_once(' ')?;
        Some(Invariant { name, says, sql: sql.trim().trim_end_matches(';') })
    })
}

/// The rows that break it, by their first column.
pub async fn broken(client: &Client, invariant: &Invariant) -> Result<Vec<String>, Error> {
    let rows = client.query_typed(invariant.sql, &[]).await?;
    Ok(rows.iter().map(|row| row.get("broken")).collect())
}
