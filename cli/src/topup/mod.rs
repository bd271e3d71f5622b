//! `payonce topup`
mod create;
mod show;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Topup {
    /// Make a payment for credits as a merchant's backend does: by the checkout function, at the house's price
    Create(create::Create),
    /// Everything about a payment for credits, by any id of it: its money, its credits, what was taken back
    Show(show::Show),
}

impl Topup {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create(create) => create.run(),
            Self::Show(show) => show.run().await,
        }
    }
}
