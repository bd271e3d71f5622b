//! Migrations: numbered, forward only, checksummed; then this build's functions, beside those of older releases.
//!
//! Over the direct URL. Each file and its version row commit together, under one advisory lock, so two runners at once
//! do the work once. An applied file that was edited since is refused: mend forward.
use sha2::{Digest, Sha256};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use super::backup::Backup;
use super::connect::explain;
use super::release::{self, PATIENCE, RUNNER_LOCK};

/// The migrations of this build, oldest first.
pub const MIGRATIONS: [(&str, &str); 14] = [
    ("0001_foundation", include_str!("../../migrations/0001_foundation.sql")),
    ("0002_webhook_events", include_str!("../../migrations/0002_webhook_events.sql")),
    ("0003_catalogue", include_str!("../../migrations/0003_catalogue.sql")),
    ("0004_orders", include_str!("../../migrations/0004_orders.sql")),
    ("0005_credits", include_str!("../../migrations/0005_credits.sql")),
    ("0006_payments", include_str!("../../migrations/0006_payments.sql")),
    ("0007_audit_and_mail", include_str!("../../migrations/0007_audit_and_mail.sql")),
    ("0008_privileges", include_str!("../../migrations/0008_privileges.sql")),
    ("0009_checkout", include_str!("../../migrations/0009_checkout.sql")),
    ("0010_refunds_by_operators", include_str!("../../migrations/0010_refunds_by_operators.sql")),
    ("0011_receipts", include_str!("../../migrations/0011_receipts.sql")),
    ("0012_backups", include_str!("../../migrations/0012_backups.sql")),
    ("0013_rules_that_cost_less", include_str!("../../migrations/0013_rules_that_cost_less.sql")),
    ("0014_values_known_by_their_type", include_str!("../../migrations/0014_values_known_by_their_type.sql")),
];

/// What stands before the first of them.
pub(crate) const PREPARE: &str = include_str!("prepare.sql");

/// Whose database it becomes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The stack: names the database and prefixes its roles. `payonce` needs no prefix.
    pub app_id: String,
    /// `local`, `staging`, `prod`.
    pub stage: String,
    /// May commands of the laptop stack touch it?
    pub local: bool,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// Versions applied now.
    pub applied: Vec<&'static str>,
    /// Versions that were there.
    pub already: usize,
    /// The schema of this build's functions, when it was installed now.
    pub installed: Option<&'static str>,
}

/// Why a run stopped. What was committed before stays; run it again once mended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of an applied migration is not the one that was applied.
    #[error("migration {0} was edited after it was applied: restore it and write a new one")]
    Edited(&'static str),
    /// The database belongs to another stack.
    #[error("this database belongs to {0}, not to {1}: check DATABASE_DIRECT_URL and APP_ID")]
    Foreign(String, String),
    /// `APP_ID` is to prefix the names of roles.
    #[error(
        "APP_ID {0:?} cannot name roles: a lower-case letter, then lower-case letters, digits and _, at most 40"
    )]
    Unnameable(String),
    /// Not empty and not ours to use as a playground.
    #[error("this database is not empty and not marked local: a local command never touches it")]
    NotLocal,
    /// A commit is answered before it is on disk.
    #[error(
        "synchronous_commit is off for this database or a login of it: a payment that was answered could be lost in a power \
         cut; alter role or database ... set synchronous_commit = on"
    )]
    Forgetful,
    /// Real money is in it, and no fresh backup is known. How many migrations were to be applied.
    #[error(
        "migrations to apply to a live database: {0}; no backup of the last 24 hours is on record: take one, then run \
         payonce backup mark --location WHERE; or give your word that there is one: payonce migrate --i-have-a-backup, \
         {{\"i_have_a_backup\": true}} to the function, IHaveABackup=true to the stack"
    )]
    NoBackup(usize),
    /// The database refused.
    #[error("{step}: {message}")]
    Database {
        /// At which step.
        step: String,
        /// In the database's words.
        message: String,
    },
}

/// Brings the database to this build's schema and installs its functions. Safe to repeat and to run twice at once.
/// Without the `backup` it needs, nothing is changed.
pub async fn run(client: &mut Client, identity: &Identity, backup: Backup) -> Result<Report, Error> {
    if !can_prefix(&identity.app_id) {
        return Err(Error::Unnameable(identity.app_id.clone()));
    }
    let roles = Roles::of(&identity.app_id);
    let mut report = Report::default();
    in_step(client, "prepare", async |step| {
        owned(step, identity, backup).await?;
        prepare(step, identity, &roles).await
    })
    .await?;
    for (version, text) in MIGRATIONS {
        let applied = in_step(client, version, async |step| apply(step, version, text, &roles).await).await?;
        if applied { report.applied.push(version) } else { report.already += 1 }
    }
    let installed = in_step(client, "functions", async |step| install(step, &roles).await).await?;
    report.installed = installed.then(release::schema);
    Ok(report)
}

/// Role names stand unquoted in the files, and are at most 63 bytes long.
fn can_prefix(app_id: &str) -> bool {
    (1..=40).contains(&app_id.len())
        && app_id.starts_with(|first: char| first.is_ascii_lowercase())
        && app_id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// One transaction under the runner's lock.
async fn in_step<T>(
    client: &mut Client,
    name: &str,
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let at =
        |error: tokio_postgres::Error| Error::Database { step: name.to_owned(), message: explain(&error) };
    let step = client.transaction().await.map_err(at)?;
    step.batch_execute(&format!("{PATIENCE}; {RUNNER_LOCK}")).await.map_err(at)?;
    let done = work(&step).await.map_err(|error| match error {
        Error::Database { message, .. } => Error::Database { step: name.to_owned(), message },
        other => other,
    })?;
    step.commit().await.map_err(at)?;
    Ok(done)
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database { step: String::new(), message: explain(&error) }
    }
}

/// The stack's three roles; a login is made a member of one of them.
pub(crate) struct Roles {
    prefix: String,
}

impl Roles {
    /// Those of the stack `app_id`.
    pub(crate) fn of(app_id: &str) -> Self {
        Self { prefix: if app_id == "payonce" { String::new() } else { format!("{app_id}_") } }
    }

    /// The two that functions act under.
    pub(crate) fn runtime(&self) -> [String; 2] {
        ["payonce_request", "payonce_cron"].map(|role| self.named(role))
    }

    /// All three.
    pub(crate) fn all(&self) -> [String; 3] {
        ["payonce_request", "payonce_cron", "payonce_migration"].map(|role| self.named(role))
    }

    /// The files speak of `payonce_request`, `payonce_cron`, `payonce_migration`.
    fn named(&self, text: &str) -> String {
        ["payonce_request", "payonce_cron", "payonce_migration"]
            .iter()
            .fold(text.to_owned(), |text, role| text.replace(role, &format!("{}{role}", self.prefix)))
    }
}

/// Refuses a database of somebody else's, one that forgets what it committed, and a live one without its backup.
async fn owned(step: &Transaction<'_>, identity: &Identity, backup: Backup) -> Result<(), Error> {
    // On the laptop a benchmark may want it so.
    if !identity.local && !step.query_typed(include_str!("forgetful.sql"), &[]).await?.is_empty() {
        return Err(Error::Forgetful);
    }
    let known = step.query_typed(include_str!("whose_database.sql"), &[]).await?;
    let (migrated, empty) = match known.first() {
        Some(row) => (row.get::<_, bool>("migrated"), row.get::<_, bool>("empty")),
        None => (false, true),
    };
    if !migrated {
        return if identity.local && !empty { Err(Error::NotLocal) } else { Ok(()) };
    }
    let owner = step.query_typed("select app_id, stage, local from payonce.identity", &[]).await?;
    if let Some(owner) = owner.first() {
        let (app, stage) = (owner.get::<_, String>(0), owner.get::<_, String>(1));
        if identity.local && !owner.get::<_, bool>(2) {
            return Err(Error::NotLocal);
        }
        if (&app, &stage) != (&identity.app_id, &identity.stage) {
            let (theirs, ours) =
                (format!("{app}/{stage}"), format!("{}/{}", identity.app_id, identity.stage));
            return Err(Error::Foreign(theirs, ours));
        }
    }
    backup.demand(step).await
}

async fn prepare(step: &Transaction<'_>, identity: &Identity, roles: &Roles) -> Result<(), Error> {
    step.batch_execute(&roles.named(PREPARE)).await?;
    step.execute_typed(
        "insert into payonce.identity (app_id, stage, local) values ($1, $2, $3) on conflict do nothing",
        &[(&identity.app_id, Type::TEXT), (&identity.stage, Type::TEXT), (&identity.local, Type::BOOL)],
    )
    .await?;
    Ok(())
}

/// SHA-256, lower-case hex.
pub(crate) fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn apply(
    step: &Transaction<'_>,
    version: &'static str,
    text: &str,
    roles: &Roles,
) -> Result<bool, Error> {
    step.batch_execute(&roles.named("set local role payonce_migration")).await?;
    let checksum = checksum(text);
    let seen = step
        .query_typed(
            "select checksum from payonce.schema_migrations where version = $1",
            &[(&version, Type::TEXT)],
        )
        .await?;
    if let Some(row) = seen.first() {
        return if row.get::<_, String>(0) == checksum { Ok(false) } else { Err(Error::Edited(version)) };
    }
    step.execute_typed(
        "insert into payonce.schema_migrations (version, checksum) values ($1, $2)",
        &[(&version, Type::TEXT), (&checksum, Type::TEXT)],
    )
    .await?;
    step.batch_execute(&roles.named(text)).await?;
    Ok(true)
}

async fn install(step: &Transaction<'_>, roles: &Roles) -> Result<bool, Error> {
    let schema = release::schema();
    step.batch_execute(&roles.named("set local role payonce_migration")).await?;
    let fresh = step
        .execute_typed(
            "insert into payonce.releases (schema_name, version) values ($1, $2) on conflict do nothing",
            &[(&schema, Type::TEXT), (&env!("CARGO_PKG_VERSION"), Type::TEXT)],
        )
        .await?;
    if fresh == 0 {
        return Ok(false);
    }
    step.batch_execute(&format!("create schema {schema}")).await?;
    for text in release::FUNCTIONS {
        step.batch_execute(&release::sql(text)).await?;
    }
    step.batch_execute(&roles.named(&release::sql(include_str!("grant_release.sql")))).await?;
    Ok(true)
}
