//! Cold start of checkout.
use std::process::ExitCode;

use payonce::checkout::{ANSWER_CHECKOUT_WITHIN, Endpoint};
use payonce::{config::Checkout, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let wiring = lambda::wired(&["DATABASE_URL"], Checkout::read, Endpoint::new).await?;
        let handle = async |endpoint: &_, request| checkout::handle(endpoint, request).await;
        lambda::serve_within(ANSWER_CHECKOUT_WITHIN, &wiring, handle).await
    })
    .await
}
