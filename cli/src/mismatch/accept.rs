//! `payonce mismatch accept`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use payonce::mismatch::{self, Decision};

use crate::{settings, typed};

#[derive(clap::Args)]
pub(crate) struct Accept {
    /// The provider's payment id (pi_, pay_), or where only one waits our payment's id or ORD-...
    id: String,
    /// Who decides
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, value_parser = typed::person)]
    actor: String,
    /// Who agrees: somebody else
    #[arg(long, value_name = "NAME", value_parser = typed::person)]
    second: String,
    /// Why, for the books
    #[arg(long, value_name = "TEXT", value_parser = typed::reason)]
    reason: String,
}

impl Accept {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        ensure!(
            self.actor.to_lowercase() != self.second.to_lowercase(),
            "--second is another person than --actor: money that is not what was asked is accepted by two"
        );
        let client = settings::pooled().await?;
        let capture = super::undecided(&client, &self.id).await?;
        let decision = Decision {
            provider: capture.provider,
            provider_payment: &capture.provider_payment,
            actor: &self.actor,
            reason: &self.reason,
            now: SystemTime::now(),
        };
        let accepted = mismatch::accept(&client, &decision, &self.second).await;
        let verdict = accepted.context("nothing was accepted")?;
        println!("accepted  {}, {}: {verdict}", capture.money, capture.provider_payment);
        if verdict != "settled" {
            println!("it came too late to be used and goes back: payonce refund list");
        }
        println!("see it    payonce payment show {}", capture.payment);
        Ok(ExitCode::SUCCESS)
    }
}
