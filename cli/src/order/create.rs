//! `payonce order create`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Result;
use payonce::inbox::Provider;
use payonce::order::Line;
use serde_json::json;

use super::item::Item;
use crate::checkout::{self, Shown, on_sale};
use crate::typed;

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
    /// The Idempotency-Key: the same one for the same call makes no second order  [default: a new one]
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    shown: Shown,
}

impl Create {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let lines = self.lines();
        let wanted = json!({
            "items": checkout::basket(&lines), "promo": self.promo, "email": self.email,
            "contact": { "name": self.name },
        });
        match checkout::open(self.provider, "order", &wanted, self.key) {
            Ok(answer) => checkout::show(&answer, &self.shown, SystemTime::now())?,
            Err(error) => return Err(on_sale::explained(error, &lines).await),
        }
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
