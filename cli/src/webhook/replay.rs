//! `payonce webhook replay`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Result;
use payonce::config;
use payonce::db::Db;
use payonce::inbox::Status;
use payonce::{fulfilment, operator};

use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Replay {
    /// Our event id, or the provider's event key
    #[arg(required = true)]
    ids: Vec<String>,
}

impl Replay {
    /// One event after another; an event that is not there or not to be replayed does not stop the others.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let config = settings::read(config::Webhook::read_replay)?;
        let db = Db::new(&config.database.url, config.database.ca_file.as_deref(), 1)
            .map_err(anyhow::Error::msg)?;
        let client = settings::pooled().await?;
        let mut all_settled = true;
        for name in &self.ids {
            let Some(event) = operator::event(&client, name).await? else {
                println!("{name}  no such event in this database");
                all_settled = false;
                continue;
            };
            match fulfilment::replay(&db, &config.expected, config.retry, SystemTime::now(), event.id).await {
                Ok(Some(settled)) => {
                    println!("{name}  {}, {}", settled.status.name(), settled.outcome);
                    all_settled &= !matches!(settled.status, Status::Failed | Status::Dead);
                }
                Ok(None) => println!(
                    "{name}  left alone: processed already, being tried this moment, or its body is no longer kept"
                ),
                Err(failure) => {
                    println!("{name}  {failure}");
                    all_settled = false;
                }
            }
        }
        Ok(if all_settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
