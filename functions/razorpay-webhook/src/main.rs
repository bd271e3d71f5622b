//! Cold start of razorpay-webhook.
use std::process::ExitCode;

use payonce::{config, fulfilment::Endpoint, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let config = config::from_env(|source| config::Webhook::read(source, "RAZORPAY_WEBHOOK_SECRET"))?;
        let endpoint = Endpoint::new(config)?;
        endpoint.db.warm().await;
        lambda::serve(async |request| razorpay_webhook::handle(&endpoint, request).await).await
    })
    .await
}
