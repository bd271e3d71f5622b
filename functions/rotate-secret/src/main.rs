//! Cold start of rotate-secret.
use std::process::ExitCode;

use lambda_runtime::service_fn;
use payonce::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        rotate_secret::wired().await?;
        lambda_runtime::run(service_fn(rotate_secret::run)).await
    })
    .await
}
