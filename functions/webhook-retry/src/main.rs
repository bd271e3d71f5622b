//! Cold start of webhook-retry.
use std::process::ExitCode;

use lambda_runtime::service_fn;
use payonce::{config, db::Db, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let config = config::from_env(config::Webhook::read_retry)?;
        let db = Db::new(&config.database.url, config.database.ca_file.as_deref(), config.database.pool_max)?;
        lambda_runtime::run(service_fn(async |event| webhook_retry::run(&db, &config, event).await)).await
    })
    .await
}
