//! `payonce refund send`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use payonce::config::{self, PaymentsMode};
use payonce::db::Db;
use payonce::gateway::Gateways;
use payonce::refund;
use tokio::time::Instant;

use crate::settings;

/// Then it ends; what is left is the next run's.
const RUNS_FOR: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Send {}

impl Send {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let config = settings::read(config::Sweeper::read)?;
        if config.gateway.mode == PaymentsMode::Disabled {
            bail!("PAYMENTS_MODE is disabled: nobody is there to be asked for a refund");
        }
        let gateways = Gateways::new(&config.gateway).map_err(anyhow::Error::msg)?;
        let db = Db::new(&config.database.url, config.database.ca_file.as_deref(), 1)
            .map_err(anyhow::Error::msg)?;
        let until = Instant::now() + RUNS_FOR;
        let tally =
            refund::send_due(&db, &gateways, config.retry, config.automatic_an_hour, SystemTime::now, until)
                .await?;
        println!("{} sent, {} put off, {} given up", tally.sent, tally.put_off, tally.given_up);
        if tally.put_off + tally.given_up > 0 {
            println!("why: payonce refund list");
        }
        Ok(if tally.given_up == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
