//! `payonce refund retry`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Result, bail};
use payonce::refund;
use uuid::Uuid;

use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Retry {
    /// The refund's own id (payonce refund list)
    id: Uuid,
}

impl Retry {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        if !refund::try_again(&client, self.id, SystemTime::now()).await? {
            bail!(
                "no refund {} waits to be sent: it is done, under way, or being tried this moment (payonce refund list)",
                self.id
            );
        }
        println!("{} is due: the sweeper's next run sends it, or now: payonce refund send", self.id);
        Ok(ExitCode::SUCCESS)
    }
}
