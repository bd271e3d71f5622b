//! `payonce seed`
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use payonce::operator;

use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Seed {
    /// A tea and book shop to play with; only on a database marked local
    #[arg(long, required = true)]
    demo: bool,
}

impl Seed {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        ensure!(self.demo, "there is nothing but demo data to put in: payonce seed --demo");
        let mut client = settings::direct().await?;
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
