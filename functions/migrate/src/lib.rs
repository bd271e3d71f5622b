//! migrate, invoked at each deploy before the new code takes traffic: the schema forward, this build's functions beside
//! the older ones. Over the direct URL; the only function that holds it. Invoked by hand it answers what it did; asked by
//! CloudFormation as a custom resource it tells the stack, too.
mod stack;

use std::time::{Duration, SystemTime};

use lambda_runtime::{Error, LambdaEvent};
use payonce::config::{self, Migrate};
use payonce::db::{Backup, direct, migrate};
use payonce::{lambda, wiring};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use stack::Change;

/// As long as Lambda lets anything run.
const LONGEST_RUN: Duration = Duration::from_secs(15 * 60);
/// Kept free of the run to say how it ended: three tries of telling a stack.
const TO_TELL: Duration = Duration::from_secs(15);

/// One invocation: `{"i_have_a_backup": true}` or anything else, or a change of a stack.
pub async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let left = lambda::time_left(event.context.deadline, SystemTime::now()).min(LONGEST_RUN);
    // Of a short time, most: so that it is said at all.
    let (until, last) = (Instant::now() + left - TO_TELL.min(left / 3), Instant::now() + left);
    let Some(change) = Change::read(&event.payload)? else {
        let vouched = event.payload.get("i_have_a_backup").and_then(Value::as_bool);
        return Ok(run(vouched.unwrap_or(false), until).await?);
    };
    let done = match change.wants_the_schema() {
        Ok(true) => run(change.has_a_backup(), until).await,
        Ok(false) => Ok(json!({})),
        Err(unknown) => Err(unknown),
    };
    change.answer(&done, last).await?;
    Ok(json!({ "told": done.is_ok() }))
}

/// One run, given up at `until`. Safe to repeat and to run twice at once: what was committed stays, and the next goes on.
async fn run(vouched: bool, until: Instant) -> Result<Value, String> {
    let done = match timeout_at(until, bring_forward(vouched)).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("out of time: what was applied stays, and the next run goes on from there".into()),
    };
    done.inspect_err(|error| tracing::error!(alarm = "migration_failed", %error))
}

/// The settings are read here, not at the start: a stack that waits has to hear what is missing.
async fn bring_forward(vouched: bool) -> Result<Value, Error> {
    let config = config::from_env_and(&wiring::held().await?, Migrate::read)?;
    let backup = Backup::needed(config.livemode, vouched, SystemTime::now());
    let mut client = direct(&config.url, config.ca_file.as_deref()).await?;
    let report = migrate::run(&mut client, &config.identity, backup).await?;
    tracing::info!(applied = ?report.applied, already = report.already, installed = ?report.installed, "migrated");
    Ok(json!({ "applied": report.applied, "already": report.already, "installed": report.installed }))
}
