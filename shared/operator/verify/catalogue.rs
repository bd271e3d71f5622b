//! Everything the migrations make is there by name, whole and enabled, and the migrations are those of this build.
use std::collections::BTreeSet;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::{Check, names};
use crate::db::migrate::{self, MIGRATIONS, Roles};

/// A kind as the migrations write it, and its plural.
const KINDS: [(&str, &str); 7] = [
    ("table", "tables"),
    ("constraint", "constraints"),
    ("index", "indexes"),
    ("trigger", "triggers"),
    ("view", "views"),
    ("domain", "domains"),
    ("function", "functions"),
];

pub(super) async fn checks(client: &Client, roles: &Roles) -> Vec<Check> {
    let mut expected = names::Named::new();
    names::read(migrate::PREPARE, &mut expected);
    for (_, text) in MIGRATIONS {
        names::read(text, &mut expected);
    }
    let mut checks = vec![Check::unbroken("the migrations are this build's", migrations(client).await)];
    let there = there(client).await.map_err(|error| crate::db::explain(&error));
    for (kind, kinds) in KINDS {
        let wanted: BTreeSet<&str> =
            expected.iter().filter(|(of, _)| *of == kind).map(|(_, name)| name.as_str()).collect();
        let missing = there.as_ref().map_err(Clone::clone).and_then(|there| {
            let missing: Vec<String> = wanted
                .iter()
                .filter(|name| !there.contains(&(kind.to_owned(), (**name).to_owned())))
                .map(|name| format!("{name} is missing, disabled or invalid"))
                .collect();
            if missing.is_empty() { Ok(()) } else { Err(super::few(&missing)) }
        });
        let title = match wanted.len() {
            1 => format!("{kinds}: the only one is there by name"),
            many => format!("{kinds}: all {many} are there by name"),
        };
        checks.push(Check::new(title, missing));
    }
    checks.push(Check::unbroken("the three roles are there", roles_missing(client, roles).await));
    checks
}

async fn there(client: &Client) -> Result<BTreeSet<(String, String)>, Error> {
    let rows = client.query_typed(include_str!("catalogue.sql"), &[]).await?;
    Ok(rows.iter().map(|row| (row.get("kind"), row.get("name"))).collect())
}

/// Migrations that are missing or were edited. More than we know is well: a newer build was here.
async fn migrations(client: &Client) -> Result<Vec<String>, Error> {
    let rows = client.query_typed("select version, checksum from payonce.schema_migrations", &[]).await?;
    let applied: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row.get("version"), row.get("checksum"))).collect();
    let differing = MIGRATIONS
        .iter()
        .filter(|(version, text)| !applied.contains(&((*version).to_owned(), migrate::checksum(text))));
    Ok(differing
        .map(|(version, _)| match applied.iter().any(|(applied, _)| applied == version) {
            true => format!("{version} was edited after it was applied"),
            false => format!("{version} is not applied: run payonce migrate"),
        })
        .collect())
}

async fn roles_missing(client: &Client, roles: &Roles) -> Result<Vec<String>, Error> {
    let wanted = roles.all();
    let sql = "select name || ' is missing' as broken from unnest($1::text[]) as name
               where not exists (select from pg_catalog.pg_roles where rolname = name)";
    let rows = client.query_typed(sql, &[(&wanted.as_slice(), Type::TEXT_ARRAY)]).await?;
    Ok(rows.iter().map(|row| row.get("broken")).collect())
}
