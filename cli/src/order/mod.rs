//! `payonce order`
mod create;
pub(crate) mod item;
mod list;
mod show;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Order {
    /// Make an order as a shop front does: by the checkout function, which holds the goods and asks the provider
    Create(create::Create),
    /// Everything about an order, by any id that its customer or its provider quotes: why was this customer charged?
    Show(show::Show),
    /// The newest orders
    List(list::List),
}

impl Order {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::Show(show) => show.run().await,
            Self::List(list) => list.run().await,
        }
    }
}
