//! `payonce checkout pay`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use payonce::token::{self, Purpose};
use serde_json::json;

use super::call;
use crate::{quoted, settings};

/// The token is used at once.
const TOKEN_FOR: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Pay {
    /// The order (ORD-...) or the payment; PAYMENTS_MODE of the function has to be sandbox
    id: String,
}

impl Pay {
    /// The token is made here: whoever has the secret that signs it needs nobody's page.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (payment, _) = quoted::payment(&settings::pooled().await?, &self.id).await?;
        let about = payment.to_string();
        let token =
            token::mint(&settings::tokens()?, Purpose::SandboxPay, &about, SystemTime::now() + TOKEN_FOR);
        let token = token.context("CHECKOUT_TOKEN_SECRET is blank: set it")?;
        let answer =
            &call::call("/v1/checkout/sandbox-pay", &[], &json!({ "payment": about, "token": token }))?;
        println!(
            "{}  {}",
            answer["status"].as_str().unwrap_or_default(),
            answer["order"].as_str().unwrap_or(&about)
        );
        Ok(ExitCode::SUCCESS)
    }
}
