//! `payonce order show`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::order;

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct Show {
    /// ORD-...
    id: String,
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let told = order::story(&client, &self.id).await?;
        client.batch_execute("commit").await?;
        let told = told.with_context(|| format!("no order {} in this database", self.id))?;
        print!("{}", if self.json { format!("{told:#}\n") } else { story::order(&told) });
        Ok(ExitCode::SUCCESS)
    }
}
