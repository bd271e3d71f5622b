//! Cold start of checkout.
use std::process::ExitCode;

use payonce::{checkout::Endpoint, config, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let endpoint = Endpoint::new(config::from_env(config::Checkout::read)?)?;
        endpoint.db.warm().await;
        endpoint.serve(async |request| checkout::handle(&endpoint, request).await).await
    })
    .await
}
