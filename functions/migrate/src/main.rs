//! Cold start of migrate.
use lambda_runtime::{LambdaEvent, service_fn};
use payonce::{config, lambda};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::log_json();
    let config = config::from_env(config::Migrate::read)?;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| migrate::run(&config).await)).await
}
