//! Cold start of stripe-webhook.
use std::process::ExitCode;

use payonce::{config::Webhook, fulfilment::Endpoint, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let wire = |config, db| Ok(Endpoint::new(config, db));
        let wiring = lambda::wired(&["DATABASE_URL"], Webhook::read_stripe, wire).await?;
        lambda::serve(&wiring, async |endpoint, request| stripe_webhook::handle(endpoint, request).await)
            .await
    })
    .await
}
