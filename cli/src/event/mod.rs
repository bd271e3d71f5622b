//! `payonce event`
mod fetch;
mod list;
mod pay;
mod sample;
pub(crate) mod send;
mod show;

use std::process::ExitCode;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub(crate) enum Event {
    /// Print a body as the provider would send it
    Sample(sample::Sample),
    /// Pay an order or a top-up of the laptop: make the provider's event and send it
    Pay(pay::Pay),
    /// Sign a body and post it
    Send(send::Send),
    /// One stored event, with its body
    Show(show::Show),
    /// The newest events
    List(list::List),
    /// Take in what the endpoint missed: events asked of the provider itself, each by the door of a delivery
    Fetch(fetch::Fetch),
}

impl Event {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Sample(sample) => sample.run(),
            Self::Pay(pay) => pay.run().await,
            Self::Send(send) => send.run(),
            Self::Show(show) => show.run().await,
            Self::List(list) => list.run().await,
            Self::Fetch(fetch) => fetch.run().await,
        }
    }
}
