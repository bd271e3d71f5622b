//! Cold start of receipt.
use std::process::ExitCode;

use payonce::{config, lambda};
use receipt::Desk;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let desk = Desk::new(config::from_env(config::Receipt::read)?)?;
        desk.db.warm().await;
        lambda::serve(async |request| receipt::handle(&desk, request).await).await
    })
    .await
}
