//! Cold start of rotate-secret.
#![recursion_limit = "256"] // the SDK's calls nest deeper than the compiler looks by itself
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
