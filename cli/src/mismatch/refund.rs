//! `payonce mismatch refund`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::mismatch::{self, Decision};
use payonce::money::Money;

use crate::{settings, typed};

#[derive(clap::Args)]
pub(crate) struct Refund {
    /// The provider's payment id (pi_, pay_), or where only one waits our payment's id or ORD-...
    id: String,
    /// Who decides
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, value_parser = typed::person)]
    actor: String,
    /// Why, for the books
    #[arg(long, value_name = "TEXT", value_parser = typed::reason)]
    reason: String,
}

impl Refund {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        let capture = super::undecided(&client, &self.id).await?;
        let decision = Decision {
            provider: capture.provider,
            provider_payment: &capture.provider_payment,
            actor: &self.actor,
            reason: &self.reason,
            now: SystemTime::now(),
        };
        let asked = mismatch::refund(&client, &decision).await;
        let (id, minor) = asked.context("no refund was asked for")?;
        if minor == 0 {
            println!("decided    {}: all of it went back already", capture.provider_payment);
            return Ok(ExitCode::SUCCESS);
        }
        let money = Money { minor, currency: capture.money.currency };
        println!("requested  {money}, {}", capture.provider_payment);
        println!("refund     {id}");
        println!("sent       by the sweeper's next run, or now: payonce refund send");
        Ok(ExitCode::SUCCESS)
    }
}
