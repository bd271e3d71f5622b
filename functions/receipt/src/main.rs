//! Cold start of receipt.
use std::process::ExitCode;

use payonce::{config::Receipt, lambda};
use receipt::Desk;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let wire = |config, db| Ok(Desk::new(config, db));
        let wiring = lambda::wired(&["DATABASE_URL"], Receipt::read, wire).await?;
        lambda::serve(&wiring, async |desk, request| receipt::handle(desk, request).await).await
    })
    .await
}
