//! Cold start of sweeper.
use std::process::ExitCode;

use lambda_runtime::service_fn;
use payonce::{config, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let broom = sweeper::Broom::new(config::from_env(config::Sweeper::read)?)?;
        lambda_runtime::run(service_fn(async |event| broom.run(event).await)).await
    })
    .await
}
