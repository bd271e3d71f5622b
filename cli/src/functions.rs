//! `payonce functions`
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use payonce::db::release;

use crate::settings;

#[derive(clap::Subcommand)]
pub(crate) enum Functions {
    /// The releases whose functions are installed
    List,
    /// Drop the functions of old releases; never this build's
    Retire(Retire),
}

#[derive(clap::Args)]
pub(crate) struct Retire {
    /// A release to keep, as listed: every live version and every rollback target
    #[arg(long, value_name = "DIGEST", num_args = 1..)]
    keep: Vec<String>,
    /// Younger ones stay
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    older_than_days: u16,
}

impl Functions {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut client = settings::direct().await?;
        match self {
            Self::List => {
                for release in release::installed(&client).await.context("not migrated? payonce migrate")? {
                    let mine = if release.schema == release::schema() { "  this build's" } else { "" };
                    println!(
                        "{}  {:10} installed {} UTC{mine}",
                        release.schema, release.version, release.installed_at
                    );
                }
            }
            Self::Retire(retire) => {
                let keep: Vec<String> = retire.keep.iter().map(|digest| full_name(digest)).collect();
                let there = release::installed(&client).await.context("nothing was retired")?;
                // A name mistyped would leave the release that was meant unprotected.
                if let Some(unknown) = keep.iter().find(|keep| there.iter().all(|it| it.schema != **keep)) {
                    bail!("nothing was retired: --keep {unknown} is not installed (payonce functions list)");
                }
                let dropped = release::retire(&mut client, &keep, retire.older_than_days.into()).await?;
                for schema in &dropped {
                    println!("retired  {schema}");
                }
                if dropped.is_empty() {
                    println!("nothing to retire");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// With or without the prefix.
fn full_name(digest: &str) -> String {
    if digest.starts_with("payonce_") { digest.to_owned() } else { format!("payonce_{digest}") }
}
