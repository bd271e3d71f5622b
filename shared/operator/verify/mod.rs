//! Is the database what this build expects, and does it keep what it promises? Safe on production: what is tried is tried
//! in temporary tables or taken away again, also after a failure.
mod catalogue;
mod durability;
mod names;
mod race;
mod release;
mod semantics;
mod sql;

use tokio_postgres::Client;

use super::{broken, identity, invariants};
use crate::db::{self, migrate::Roles};

/// One thing that was checked.
#[derive(Clone, Debug)]
pub struct Check {
    /// What should be so.
    pub name: String,
    /// Why it is not.
    pub verdict: Result<(), String>,
}

/// How to come by a connection: some checks need several. Past the pooler, as the migration role.
#[derive(Clone)]
pub struct Access {
    /// `DATABASE_DIRECT_URL`.
    pub url: String,
    /// `DATABASE_CA_FILE`.
    pub ca_file: Option<String>,
}

impl Access {
    async fn connect(&self) -> Result<Client, String> {
        db::direct(&self.url, self.ca_file.as_deref()).await
    }
}

impl Check {
    fn new(name: impl Into<String>, verdict: Result<(), String>) -> Self {
        Self { name: name.into(), verdict }
    }

    /// It holds when nothing breaks it.
    fn unbroken(name: impl Into<String>, broken: Result<Vec<String>, tokio_postgres::Error>) -> Self {
        let verdict = match broken {
            Ok(broken) if broken.is_empty() => Ok(()),
            Ok(broken) => Err(few(&broken)),
            Err(error) => Err(db::explain(&error)),
        };
        Self::new(name, verdict)
    }
}

/// Runs every check and tells of each group as it is done. The only error: no connection, or not a database of ours.
pub async fn verify(access: &Access, mut tell: impl FnMut(&Check)) -> Result<(), String> {
    let client = access.connect().await?;
    let owner = identity(&client)
        .await
        .map_err(|error| db::explain(&error))?
        .ok_or("this database is not migrated: run payonce migrate")?;
    let roles = Roles::of(&owner.app_id);

    semantics::checks(&client).await.iter().for_each(&mut tell);
    race::checks(access).await.iter().for_each(&mut tell);
    durability::checks(access, &client).await.iter().for_each(&mut tell);
    standing(&client, &roles).await.iter().for_each(&mut tell);
    for invariant in invariants() {
        let name = format!("{} {}", invariant.name, invariant.says);
        tell(&Check::unbroken(name, broken(&client, &invariant).await));
    }
    Ok(())
}

/// What can be told by looking alone: schema, functions, grants and settings.
pub(super) async fn standing(client: &Client, roles: &Roles) -> Vec<Check> {
    let mut checks = catalogue::checks(client, roles).await;
    checks.extend(release::checks(client).await);
    checks.extend(sql::checks(client, roles).await);
    checks
}

/// The first few, and how many there are.
fn few(broken: &[String]) -> String {
    let shown: Vec<&str> = broken.iter().take(5).map(String::as_str).collect();
    match broken.len() - shown.len() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}
