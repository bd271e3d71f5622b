//! Cold start of migrate.
use std::process::ExitCode;

use lambda_runtime::service_fn;
use payonce::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async { lambda_runtime::run(service_fn(migrate::handle)).await }).await
}
