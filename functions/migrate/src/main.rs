//! Cold start of migrate.
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use payonce::{config, lambda};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let config = config::from_env(config::Migrate::read)?;
        lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| migrate::run(&config).await)).await
    })
    .await
}
