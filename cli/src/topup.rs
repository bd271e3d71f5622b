//! `payonce topup`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::credit::Account;
use payonce::inbox::Provider;
use payonce::money::{Currency, Money};
use payonce::payment::{self, NewPayment, Purpose};

use crate::{post, quoted, settings, story, typed};

#[derive(clap::Subcommand)]
pub(crate) enum Topup {
    /// Make a payment for credits, with ids such as the provider would give; only on a local database
    Create(Create),
    /// Everything about a payment for credits, by any id of it: its money, its credits, what was taken back
    Show(Show),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Who is to collect the money
    #[arg(long, default_value = "stripe", value_name = "stripe|razorpay")]
    provider: Provider,
    /// The billing account by its external key; made when it is new
    #[arg(long, default_value = "v2:tenant:malgudi-reading-club", value_name = "KEY", value_parser = typed::account)]
    account: String,
    /// How many credits the payment buys
    #[arg(long, default_value_t = 500, allow_negative_numbers = true, value_parser = typed::credits)]
    credits: i64,
    /// What they cost, in minor units
    #[arg(long, default_value_t = 49_900, value_name = "MINOR", allow_negative_numbers = true, value_parser = typed::price)]
    amount: i64,
    #[arg(long, default_value = "INR")]
    currency: Currency,
    /// Print the payment's id and nothing else
    #[arg(long)]
    quiet: bool,
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Our payment's id, or the provider's id of its payment (pi_, pay_), order (cs_, order_), refund or dispute
    id: String,
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
        let (id, found_by) = quoted::topup(&client, &self.id).await?;
        let told = payment::story(&client, id).await?;
        client.batch_execute("commit").await?;
        let mut told = told.with_context(|| format!("no payment {id} in this database"))?;
        story::put(&mut told, "found_by", found_by);
        print!("{}", if self.json { format!("{told:#}\n") } else { story::payment(&told) });
        Ok(ExitCode::SUCCESS)
    }
}
