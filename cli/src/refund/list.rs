//! `payonce refund list`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Result;
use payonce::refund;
use serde_json::Value;

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct List {
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// As one JSON list
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let refunds = refund::list(&client, self.limit, SystemTime::now()).await?;
        client.batch_execute("commit").await?;
        if self.json {
            println!("{:#}", Value::Array(refunds));
        } else if refunds.is_empty() {
            println!("no refund is requested, under way or given up");
        } else {
            print!("{}", story::refunds(&refunds));
        }
        Ok(ExitCode::SUCCESS)
    }
}
