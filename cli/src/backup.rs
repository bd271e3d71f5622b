//! `payonce backup`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use payonce::operator::{self, Marker};

use crate::{settings, typed};

#[derive(clap::Subcommand)]
pub(crate) enum Backup {
    /// Put on record that a backup was taken, so that a live database may be migrated
    Mark(Mark),
    /// The backups on record, newest first
    List,
}

#[derive(clap::Args)]
pub(crate) struct Mark {
    /// Where it is: a snapshot's name, an object's address; nothing secret
    #[arg(long, value_name = "TEXT", value_parser = typed::place)]
    location: String,
    /// Who took it
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, value_parser = typed::person)]
    actor: String,
    /// So long ago
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    minutes_ago: u16,
}

impl Backup {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::direct().await?;
        match self {
            Self::Mark(mark) => {
                let now = SystemTime::now();
                let marker = Marker {
                    taken_at: now - Duration::from_secs(u64::from(mark.minutes_ago) * 60),
                    location: &mark.location,
                    actor: &mark.actor,
                    now,
                };
                operator::mark_backup(&client, &marker).await.context("not put on record")?;
                println!("on record  {}, by {}", mark.location, mark.actor);
                println!("a live database may be migrated for 24 hours from when it was taken");
            }
            Self::List => {
                let all = operator::backups(&client, 50).await?;
                for backup in &all {
                    println!("{} UTC  {}  {}", backup.taken_at, backup.actor, backup.location);
                }
                if all.is_empty() {
                    println!("no backup is on record");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
