//! `payonce payment`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::payment;

use crate::{quoted, settings, story};

#[derive(clap::Subcommand)]
pub(crate) enum Payment {
    /// Everything about one payment, for an order or for credits, by any id of it
    Show(Show),
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Our payment's id, the provider's id of its payment (pi_, pay_), order (cs_, order_), refund or dispute, or ORD-...
    id: String,
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

impl Payment {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self::Show(show) = self;
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let (id, found_by) = quoted::payment(&client, &show.id).await?;
        let told = payment::story(&client, id).await?;
        client.batch_execute("commit").await?;
        let mut told = told.with_context(|| format!("no payment {id} in this database"))?;
        story::put(&mut told, "found_by", found_by);
        print!("{}", if show.json { format!("{told:#}\n") } else { story::payment(&told) });
        Ok(ExitCode::SUCCESS)
    }
}
