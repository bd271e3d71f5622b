//! `payonce seed`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::operator;

use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Seed {
    /// A tea and book shop to play with; only on a database marked local
    #[arg(long)]
    demo: bool,
}

impl Seed {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut client = settings::direct().await?;
        if !self.demo {
            println!(
                "nothing to do: this build has no base settings (a shop to play with: payonce seed --demo)"
            );
            return Ok(ExitCode::SUCCESS);
        }
        settings::require_local(&client, "demo data").await?;
        let added = operator::seed_demo(&mut client).await.context("not seeded")?;
        if added.iter().all(|(_, rows)| *rows == 0) {
            println!("nothing to do: the demo shop is there");
        }
        for (what, rows) in added.iter().filter(|(_, rows)| *rows > 0) {
            println!("added      {rows} {what}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
