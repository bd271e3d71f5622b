//! Privileges, settings and functions: each check is SQL that must return no row.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::Check;
use crate::db::migrate::Roles;
use crate::db::release;

/// Each block: a name, then SQL whose rows break it, a text column `broken` first.
const TEXTS: [&str; 3] =
    [include_str!("privileges.sql"), include_str!("settings.sql"), include_str!("functions.sql")];

pub(super) async fn checks(client: &Client, roles: &Roles) -> Vec<Check> {
    let runtime = match runtime(client, roles).await {
        Ok(runtime) => runtime,
        Err(error) => return vec![Check::unbroken("the runtime roles", Err(error))],
    };
    let mut checks = Vec::new();
    for (name, sql) in TEXTS.iter().flat_map(|text| super::semantics::blocks(text)) {
        let rows = client
            .query_typed(sql, &[(&runtime.as_slice(), Type::TEXT_ARRAY), (&release::schema(), Type::TEXT)])
            .await;
        let broken = rows.map(|rows| rows.iter().map(|row| row.get("broken")).collect());
        checks.push(Check::unbroken(name, broken));
    }
    checks
}

/// The runtime roles and the logins that act for them; not a superuser, who is a member of everything.
async fn runtime(client: &Client, roles: &Roles) -> Result<Vec<String>, Error> {
    let runtime = roles.runtime();
    let rows = client
        .query_typed(
            "select distinct r.rolname::text as name from pg_catalog.pg_roles r
             join pg_catalog.pg_roles wanted on wanted.rolname = any ($1)
             where r.oid = wanted.oid
                or (r.rolcanlogin and not r.rolsuper and pg_catalog.pg_has_role(r.oid, wanted.oid, 'usage'))
             order by 1",
            &[(&runtime.as_slice(), Type::TEXT_ARRAY)],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get("name")).collect())
}
