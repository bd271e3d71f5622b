//! `payonce secrets put`
use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use payonce::db;
use payonce::secret::endpoint::EndpointSecret;

use super::{from_stdin, kept};
use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Put {
    /// STRIPE_WEBHOOK_SECRET, DATABASE_URL, ...
    name: String,
    /// Of Stripe's: the endpoint whose secret it is, we_...
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
}

impl Put {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self { name, endpoint } = self;
        let (_, kept) = kept(&name).await?;
        let mut value = from_stdin()?;
        if let Some(id) = endpoint {
            ensure!(
                name == "STRIPE_WEBHOOK_SECRET" && id.starts_with("we_"),
                "--endpoint we_... is of STRIPE_WEBHOOK_SECRET"
            );
            value = EndpointSecret { secret: value, endpoint: Some(id), replaces: None }.write();
        }
        if name.starts_with("DATABASE_") {
            opens(&value).await?;
        }
        kept.put_current(value).await.map_err(anyhow::Error::msg)?;
        println!("{name} has its new value; functions take it up within SECRET_TTL_SECONDS, at the latest");
        Ok(ExitCode::SUCCESS)
    }
}

/// A database is not left for one that does not open.
async fn opens(url: &str) -> Result<()> {
    let ca_file = settings::read(|source| Some(source.optional("DATABASE_CA_FILE")))?;
    let opened = db::direct(&payonce::secret::held::plain(url.to_owned()), ca_file.as_deref()).await;
    opened.map(drop).map_err(|why| anyhow!("the new URL opens no database, so nothing was changed: {why}"))
}
