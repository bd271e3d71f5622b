//! `payonce topup`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use payonce::credit::Account;
use payonce::inbox::Provider;
use payonce::money::{Currency, Money};
use payonce::payment::{self, NewPayment, Purpose};
use uuid::Uuid;

use crate::{post, settings, story};

#[derive(clap::Subcommand)]
pub(crate) enum Topup {
    /// Make a payment for credits, with ids such as the provider would give; only on a local database
    Create(Create),
    /// Everything about one payment: its money, its credits, what was taken back
    Show(Show),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Who is to collect the money
    #[arg(long, default_value = "stripe", value_name = "stripe|razorpay")]
    provider: Provider,
    /// The billing account by its external key; made when it is new
    #[arg(long, default_value = "v2:tenant:malgudi-reading-club", value_name = "KEY")]
    account: String,
    /// How many credits the payment buys
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(i64).range(1..))]
    credits: i64,
    /// What they cost, in minor units
    #[arg(long, default_value_t = 49_900, value_name = "MINOR", value_parser = clap::value_parser!(i64).range(1..))]
    amount: i64,
    #[arg(long, default_value = "INR")]
    currency: Currency,
    /// Print the payment's id and nothing else
    #[arg(long)]
    quiet: bool,
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Our payment id
    id: Uuid,
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

impl Topup {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::Show(show) => show.run().await,
        }
    }
}

impl Create {
    async fn run(self) -> Result<ExitCode> {
        let livemode = settings::livemode()?;
        let mut client = settings::pooled().await?;
        settings::require_local(&client, "a top-up with invented provider ids").await?;

        let name = self.account.rsplit(':').next().unwrap_or_default();
        ensure!(name.len() < self.account.len(), "an account's key is of the form v2:tenant:NAME");
        let account = Account { external_key: &self.account, display_name: name, email: None };
        let account = account.upsert(&client).await.context("the account was not stored")?;
        let money = Money { minor: self.amount, currency: self.currency };
        let provider_order = post::invented_order_id(self.provider);
        let wanted = NewPayment {
            purpose: &Purpose::TopUp { account, credits: self.credits },
            provider: self.provider,
            provider_order: Some(&provider_order),
            money,
            livemode,
            now: SystemTime::now(),
        };
        let step = client.transaction().await?;
        let payment = payment::create(&step, &wanted).await.context("no payment was made")?;
        step.commit().await?;

        if self.quiet {
            println!("{payment}");
            return Ok(ExitCode::SUCCESS);
        }
        println!("payment  {payment} at {}, {provider_order}", self.provider.name());
        println!("amount   {money} for {} credits of {}", self.credits, self.account);
        println!("pay it   payonce event pay --topup {payment}");
        println!("see it   payonce topup show {payment}");
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let told = payment::story(&client, self.id).await?;
        client.batch_execute("commit").await?;
        let told = told.with_context(|| format!("no payment {} in this database", self.id))?;
        print!("{}", if self.json { format!("{told:#}\n") } else { story::payment(&told) });
        Ok(ExitCode::SUCCESS)
    }
}
