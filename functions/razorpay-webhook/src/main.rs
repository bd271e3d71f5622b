//! Cold start of razorpay-webhook.
use std::process::ExitCode;

use payonce::{config::Webhook, fulfilment::Endpoint, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let wiring = lambda::wired(
            &["DATABASE_URL"],
            |source| Webhook::read(source, "RAZORPAY_WEBHOOK_SECRET"),
            |config, db| Ok(Endpoint::new(config, db)),
        )
        .await?;
        lambda::serve(&wiring, async |endpoint, request| razorpay_webhook::handle(endpoint, request).await)
            .await
    })
    .await
}
