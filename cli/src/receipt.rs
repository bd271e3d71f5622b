//! `payonce receipt`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use payonce::payment::{self, About};
use payonce::token::{self, Purpose};

use crate::{quoted, settings};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// As long as one secret is in force, by the template's RotationDays: what it signs on its last day is still accepted while
/// it is the previous one.
const MOST_DAYS: i64 = 90;

#[derive(clap::Subcommand)]
pub(crate) enum Receipt {
    /// A link that shows the receipt to whoever has it; prints the URL and nothing else
    Link(Link),
}

#[derive(clap::Args)]
pub(crate) struct Link {
    /// ORD-..., our payment's id, or any id of the provider's
    id: String,
    /// So long it opens, 90 days at most: the secret that signs it is accepted until the rotation after the next, and there is
    /// one in 90 days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=MOST_DAYS))]
    days: u32,
}

impl Receipt {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self::Link(link) = self;
        let client = settings::pooled().await?;
        let about = quoted::about(&client, &link.id).await?;
        let came = payment::captured(&client, &about).await?;
        let id = match about {
            About::Order(order) => order,
            About::TopUp(payment) => payment.to_string(),
        };
        let until = SystemTime::now() + A_DAY * link.days;
        let token = token::mint(&settings::tokens()?, Purpose::Receipt, &id, until)
            .context("CHECKOUT_TOKEN_SECRET is blank: set it")?;
        println!("{}/v1/receipts/{id}?token={token}", settings::receipts()?);
        if came.iter().all(|one| one.verdict != "settled") {
            eprintln!("payonce: not paid yet: until it is, the link says so");
        }
        Ok(ExitCode::SUCCESS)
    }
}
