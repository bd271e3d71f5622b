//! `payonce mismatch list`
use std::process::ExitCode;

use anyhow::Result;
use payonce::mismatch;
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
        let all = mismatch::list(&client, self.limit).await?;
        client.batch_execute("commit").await?;
        if self.json {
            println!("{:#}", Value::Array(all));
        } else if all.is_empty() {
            println!("no money waits for a decision");
        } else {
            print!("{}", story::mismatches(&all));
            println!(
                "\npayonce mismatch accept ID --second NAME --reason TEXT, or payonce mismatch refund ID --reason TEXT"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
