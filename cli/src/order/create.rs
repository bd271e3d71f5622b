//! `payonce order create`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use payonce::inbox::Provider;
use payonce::order::{self, Customer, Line, NewOrder};
use payonce::payment::{self, NewPayment, Purpose};

use super::{item::Item, on_sale};
use crate::{post, settings, typed};

/// As long as Stripe keeps a Checkout Session open.
const OPEN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Who is to collect the money
    #[arg(long, default_value = "stripe", value_name = "stripe|razorpay")]
    provider: Provider,
    /// SLUG[/VARIANT][xQTY], one for each thing; a wrong one is answered with what is on sale  [default: monsoon-masala-chai/fieryx2 and malgudi-days]
    #[arg(long = "item", value_name = "ITEM")]
    items: Vec<Item>,
    /// A promotion code, such as MONSOON10
    #[arg(long, value_name = "CODE")]
    promo: Option<String>,
    #[arg(long, default_value = "ammu.varier@example.com", value_parser = typed::email)]
    email: String,
    #[arg(long, default_value = "Ammu Varier")]
    name: String,
    /// Print the order's id and nothing else
    #[arg(long)]
    quiet: bool,
}

impl Create {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let livemode = settings::livemode()?;
        let mut client = settings::pooled().await?;
        settings::require_local(&client, "an order with invented provider ids").await?;

        let lines = self.lines();
        on_sale::check(&lines, &order::on_sale(&client).await?)?;
        let customer = Customer { email: &self.email, name: &self.name };
        let customer = customer.upsert(&client).await.context("the customer was not stored")?;
        let now = SystemTime::now();
        let wanted = NewOrder {
            customer,
            lines: &lines,
            promo: self.promo.as_deref(),
            livemode,
            now,
            expires_at: now + OPEN_FOR,
        };
        let step = client.transaction().await?;
        let (order, money) = order::create(&step, &wanted).await.context("no order was made")?;
        let provider_order = post::invented_order_id(self.provider);
        let wanted = NewPayment {
            purpose: &Purpose::Order(order.to_string()),
            provider: self.provider,
            provider_order: Some(&provider_order),
            money,
            livemode,
            now,
        };
        let payment = payment::create(&step, &wanted).await.context("no payment was made")?;
        step.commit().await?;

        if self.quiet {
            println!("{order}");
            return Ok(ExitCode::SUCCESS);
        }
        println!("order    {order}");
        println!("amount   {money}");
        println!("payment  {payment} at {}, {provider_order}", self.provider.name());
        println!("pay it   payonce event pay --order {order}");
        println!("see it   payonce order show {order}");
        Ok(ExitCode::SUCCESS)
    }

    fn lines(&self) -> Vec<Line> {
        if !self.items.is_empty() {
            return self.items.iter().map(|Item(line)| line.clone()).collect();
        }
        [("monsoon-masala-chai", "fiery", 2), ("malgudi-days", "", 1)]
            .map(|(product, variant, qty)| Line { product: product.into(), variant: variant.into(), qty })
            .to_vec()
    }
}
