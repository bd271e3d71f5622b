//! Cold start of migrate. It starts without its settings, too: a stack that waits for it has to hear what is missing.
use std::process::ExitCode;

use lambda_runtime::service_fn;
use payonce::{config, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let config = config::from_env(config::Migrate::read);
        lambda_runtime::run(service_fn(async |event| migrate::handle(&config, event).await)).await
    })
    .await
}
