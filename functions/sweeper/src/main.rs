//! Cold start of sweeper.
use std::{process::ExitCode, time::SystemTime};

use payonce::{config, lambda};
use sweeper::Broom;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(async {
        let urls = &["DATABASE_CRON_URL", "DATABASE_URL"];
        let wiring = lambda::wired(urls, config::Sweeper::read, Broom::new).await?;
        lambda::run_when_due(&wiring, async |broom, until| broom.sweep(SystemTime::now, until).await).await
    })
    .await
}
