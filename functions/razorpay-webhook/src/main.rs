//! Cold start of razorpay-webhook.
use payonce::{config, fulfilment::Endpoint, inbox::Provider, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::log_json();
    let config = config::from_env(|source| config::Webhook::read(source, Provider::Razorpay))?;
    let endpoint = Endpoint::new(config)?;
    endpoint.db.warm().await;
    lambda::serve(async |request| razorpay_webhook::handle(&endpoint, request).await).await
}
