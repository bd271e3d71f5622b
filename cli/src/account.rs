//! `payonce account`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::credit;

use crate::{settings, typed};

#[derive(clap::Subcommand)]
pub(crate) enum Account {
    /// Open a billing account with an empty wallet; one that is there keeps what it has
    Open(Open),
}

#[derive(clap::Args)]
pub(crate) struct Open {
    /// The key by which its owner's system knows it, v2:tenant:NAME
    #[arg(value_name = "KEY", value_parser = typed::account)]
    key: String,
    /// For people  [default: the last part of the key]
    #[arg(long, value_parser = typed::person)]
    name: Option<String>,
    /// Where its receipts go
    #[arg(long, value_parser = typed::email)]
    email: Option<String>,
}

impl Account {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self::Open(open) = self;
        let client = settings::pooled().await?;
        let name = open.name.as_deref().or(open.key.rsplit(':').next()).unwrap_or_default();
        let account =
            credit::Account { external_key: &open.key, display_name: name, email: open.email.as_deref() };
        let (id, is_new) = account.open(&client).await.context("the account was not opened")?;
        println!("{}  {}  {id}", if is_new { "opened" } else { "was there" }, open.key);
        Ok(ExitCode::SUCCESS)
    }
}
