//! This build's SQL functions are installed, and say what this build says.
use std::collections::BTreeMap;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::Check;
use crate::db::release;

pub(super) async fn checks(client: &Client) -> Vec<Check> {
    let name = format!("functions of this build ({}) are installed, word for word", release::schema());
    vec![Check::unbroken(name, differing(client).await)]
}

async fn differing(client: &Client) -> Result<Vec<String>, Error> {
    let rows = client
        .query_typed(
            "select p.proname::text as name, p.prosrc as body from pg_catalog.pg_proc p
             join pg_catalog.pg_namespace n on n.oid = p.pronamespace
             join payonce.releases r on r.schema_name = n.nspname where n.nspname = $1",
            &[(&release::schema(), Type::TEXT)],
        )
        .await?;
    let installed: BTreeMap<String, String> =
        rows.iter().map(|row| (row.get("name"), row.get("body"))).collect();
    let differing = release::functions().filter_map(|(name, body)| match installed.get(&name) {
        None => Some(format!("{name} is missing: run payonce migrate")),
        Some(there) if *there != body => Some(format!("{name} was changed by hand")),
        Some(_) => None,
    });
    Ok(differing.collect())
}
