//! migrate, invoked at each deploy before the new code takes traffic: the schema forward, this build's functions beside
//! the older ones. Over the direct URL; the only function that holds it.
use lambda_runtime::Error;
use payonce::config::Migrate;
use payonce::db::{direct, migrate};
use serde_json::{Value, json};

/// One run. Safe to repeat and to run twice at once.
pub async fn run(config: &Migrate) -> Result<Value, Error> {
    let mut client = direct(&config.url, config.ca_file.as_deref()).await?;
    let report = migrate::run(&mut client, &config.identity).await.inspect_err(|error| {
        tracing::error!(alarm = "migration_failed", %error);
    })?;
    tracing::info!(applied = ?report.applied, already = report.already, installed = ?report.installed, "migrated");
    Ok(json!({ "applied": report.applied, "already": report.already, "installed": report.installed }))
}
