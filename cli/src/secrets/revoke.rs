//! `payonce secrets revoke`
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use payonce::rotation::Kind;

use super::{deadline, kept};

#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// STRIPE_WEBHOOK_SECRET, SERVICE_TOKEN, ...
    name: String,
}

impl Revoke {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (rotation, kept) = kept(&self.name).await?;
        if kept.kind == Some(Kind::StripeEndpoint)
            && let Some(endpoint) =
                rotation.disable_replaced(&kept, deadline()).await.map_err(|why| anyhow!("{why}"))?
        {
            println!("{endpoint} delivers nothing any more");
        }
        kept.forget_previous().await.map_err(anyhow::Error::msg)?;
        println!("{}: the previous value is accepted no more, within SECRET_TTL_SECONDS", self.name);
        Ok(ExitCode::SUCCESS)
    }
}
