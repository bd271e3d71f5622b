//! `payonce topup create`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Result;
use payonce::inbox::Provider;
use serde_json::json;

use crate::checkout::{self, Shown};
use crate::typed;

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Who is to collect the money
    #[arg(long, default_value = "stripe", value_name = "stripe|razorpay")]
    provider: Provider,
    /// The billing account by its external key (payonce account open makes one)
    #[arg(long, default_value = "v2:tenant:malgudi-reading-club", value_name = "KEY", value_parser = typed::account)]
    account: String,
    /// How many credits the payment buys
    #[arg(long, default_value_t = 500, allow_negative_numbers = true, value_parser = typed::credits)]
    credits: i64,
    /// The Idempotency-Key: the same one for the same call makes no second payment  [default: a new one]
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

impl Create {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let wanted = json!({ "account": self.account, "credits": self.credits });
        let answer = checkout::open(self.provider, "topup", &wanted, self.key)?;
        checkout::show(&answer, &self.shown, SystemTime::now())?;
        Ok(ExitCode::SUCCESS)
    }
}
