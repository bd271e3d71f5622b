//! `payonce order list`
use std::process::ExitCode;

use anyhow::Result;
use payonce::order::{self, Filter};
use serde_json::Value;

use crate::{settings, story, typed};

/// The states of an order, then those of its payment.
const STATES: [&str; 13] = [
    "new",
    "confirmed",
    "in_production",
    "shipped",
    "fulfilled",
    "cancelled",
    "expired",
    "pending",
    "failed",
    "paid",
    "refund_pending",
    "partially_refunded",
    "refunded",
];

#[derive(clap::Args)]
pub(crate) struct List {
    /// Of this customer
    #[arg(long, value_parser = typed::email)]
    email: Option<String>,
    /// In this state, be it the order's or its payment's
    #[arg(long, value_parser = STATES)]
    status: Option<String>,
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// As one JSON list
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        let filter =
            Filter { email: self.email.as_deref(), status: self.status.as_deref(), limit: self.limit };
        client.batch_execute(story::READ_IN_UTC).await?;
        let orders = order::list(&client, &filter).await?;
        client.batch_execute("commit").await?;
        if self.json {
            println!("{:#}", Value::Array(orders));
        } else if orders.is_empty() {
            println!("no such orders");
        } else {
            print!("{}", story::orders(&orders));
        }
        Ok(ExitCode::SUCCESS)
    }
}
