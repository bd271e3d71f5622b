//! `payonce mismatch`
mod accept;
mod list;
mod refund;

use std::process::ExitCode;

use anyhow::{Result, bail};
use payonce::payment::Captured;
use tokio_postgres::Client;

use crate::quoted;

#[derive(clap::Subcommand)]
pub(crate) enum Mismatch {
    /// Money that waits for a decision
    List(list::List),
    /// Two persons accept it: the order or top-up takes effect, the difference is an adjustment
    Accept(accept::Accept),
    /// It goes back, all of it
    Refund(refund::Refund),
}

impl Mismatch {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run().await,
            Self::Accept(accept) => accept.run().await,
            Self::Refund(refund) => refund.run().await,
        }
    }
}

/// The one mismatch that `id` names and that nobody decided about.
async fn undecided(client: &Client, id: &str) -> Result<Captured> {
    let all = quoted::captured(client, id).await?;
    let open: Vec<&Captured> = all.iter().filter(|one| one.verdict == "mismatch" && !one.decided).collect();
    match open.as_slice() {
        [one] => Ok((*one).clone()),
        [] => bail!("no money came for {id} that waits for a decision: payonce mismatch list"),
        several => {
            let all: Vec<String> =
                several.iter().map(|one| format!("{}  {}", one.provider_payment, one.money)).collect();
            bail!("several wait for a decision, name one:\n  {}", all.join("\n  "))
        }
    }
}
