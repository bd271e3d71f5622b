//! Is there a PgBouncer, and is it set as the functions take for granted? It tells by its database `pgbouncer`, which a
//! Postgres does not have.
use tokio::time::timeout_at;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{Finding, Visit};
use crate::config::Database;
use crate::db;

/// In seconds: nobody may wait for a connection longer than a provider waits for an answer.
const LONGEST_WAIT: u32 = 3;

pub(super) async fn look(visit: &Visit<'_>, name: &str, database: &Database, direct: bool) -> Vec<Finding> {
    let asked =
        timeout_at(visit.deadline, db::beside(&database.url, "pgbouncer", database.ca_file.as_deref()));
    let told = match asked.await {
        Ok(Ok(client)) => timeout_at(visit.deadline, told(&client)).await.ok().flatten(),
        // A Postgres: it knows no such database. Or nobody answers: that was told.
        Ok(Err(code)) if is_postgres(code.as_ref()) => return Vec::new(),
        Ok(Err(_)) => None,
        Err(_) => return Vec::new(),
    };
    if direct {
        let says = "leads to a pooler: migrations take locks that want a connection of their own";
        return vec![Finding::problem(name, says, "set the address of the server itself")];
    }
    let Some(told) = told else {
        let says = "goes by a pooler that does not tell this login how it is set";
        return vec![Finding::ok(name, format!("{says}: query_wait_timeout should be 1"))];
    };
    judge(name, &told)
}

/// A pooler answers before it knows of any database, and with other words.
fn is_postgres(code: Option<&SqlState>) -> bool {
    code.is_none_or(|code| *code == SqlState::UNDEFINED_DATABASE || *code == SqlState::INSUFFICIENT_PRIVILEGE)
}

/// Its settings by name; the console takes only simple queries.
async fn told(client: &Client) -> Option<Vec<(String, String)>> {
    let said = client.simple_query("show config").await.ok()?;
    let rows = said.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get("key")?.to_owned(), row.get("value")?.to_owned())),
        _ => None,
    });
    Some(rows.collect())
}

fn judge(name: &str, told: &[(String, String)]) -> Vec<Finding> {
    let value = |key: &str| told.iter().find(|(of, _)| of == key).map_or("", |(_, value)| value.as_str());
    let mut found = Vec::new();
    if value("pool_mode") != "transaction" {
        let says = format!("its PgBouncer pools by {}", value("pool_mode"));
        found.push(Finding::warning(
            name,
            says,
            "pool_mode = transaction: else each instance holds a connection",
        ));
    }
    let wait = value("query_wait_timeout").split('.').next().and_then(|seconds| seconds.parse().ok());
    if wait.is_none_or(|seconds: u32| seconds == 0 || seconds > LONGEST_WAIT) {
        let says = "its PgBouncer lets a call wait for a connection longer than providers wait for an answer";
        found.push(Finding::warning(name, says, "query_wait_timeout = 1"));
    }
    if found.is_empty() {
        found.push(Finding::ok(
            name,
            "goes by a PgBouncer that pools by transaction and gives up waiting in time",
        ));
    }
    found
}
