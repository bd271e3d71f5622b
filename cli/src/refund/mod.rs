//! `payonce refund`
mod create;
mod list;
mod retry;
mod send;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Refund {
    /// Ask for a refund; the sweeper sends it
    Create(create::Create),
    /// Refunds that are requested, under way or given up
    List(list::List),
    /// Have one that was given up sent again
    Retry(retry::Retry),
    /// Send what is due now, as the sweeper does
    Send(send::Send),
}

impl Refund {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::List(list) => list.run().await,
            Self::Retry(retry) => retry.run().await,
            Self::Send(send) => send.run().await,
        }
    }
}
