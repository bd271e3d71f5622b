//! `payonce webhook`
mod check;
mod dead_letters;
mod replay;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Webhook {
    /// Would this body with this signature be accepted? The functions' own code; no database
    Check(check::Check),
    /// Take up events again, whatever their state but processed
    Replay(replay::Replay),
    /// The events that were given up and wait for a person, oldest first
    DeadLetters(dead_letters::DeadLetters),
}

impl Webhook {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Check(check) => check.run(),
            Self::Replay(replay) => replay.run().await,
            Self::DeadLetters(dead_letters) => dead_letters.run().await,
        }
    }
}
