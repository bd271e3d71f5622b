//! `payonce migrate`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::config;
use payonce::db::{Backup, migrate, release};

use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Migrate {
    /// Mark the database as a playground of the laptop; refused unless it is empty or marked so already
    #[arg(long)]
    local: bool,
    /// There is a backup that is not on record (payonce backup mark): change a live database all the same
    #[arg(long)]
    i_have_a_backup: bool,
}

impl Migrate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut config = settings::read(config::Migrate::read)?;
        config.identity.local = self.local;
        let backup = Backup::needed(config.livemode, self.i_have_a_backup, SystemTime::now());
        let mut client = settings::direct().await?;
        let report = migrate::run(&mut client, &config.identity, backup).await.context("not migrated")?;
        for version in &report.applied {
            println!("applied    {version}");
        }
        if report.already > 0 {
            println!("unchanged  {} migrations", report.already);
        }
        match report.installed {
            Some(schema) => println!("installed  the functions of this build, {schema}"),
            None => println!("unchanged  the functions of this build, {}", release::schema()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
