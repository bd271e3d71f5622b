//! Cold start of webhook-retry.
use std::process::ExitCode;

use payonce::{config::Webhook, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let urls = &["DATABASE_CRON_URL", "DATABASE_URL"];
        let wiring = lambda::wired(urls, Webhook::read_retry, |config, db| Ok((config, db))).await?;
        lambda::run_when_due(&wiring, async |(config, db), until| webhook_retry::run(db, config, until).await)
            .await
    })
    .await
}
