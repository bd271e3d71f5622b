//! `payonce webhook dead-letters`
use std::process::ExitCode;

use anyhow::Result;
use payonce::operator;
use serde_json::Value;

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct DeadLetters {
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// As one JSON list
    #[arg(long)]
    json: bool,
}

impl DeadLetters {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let dead = operator::dead_letters(&client, self.limit).await?;
        client.batch_execute("commit").await?;
        if self.json {
            println!("{:#}", Value::Array(dead));
            return Ok(ExitCode::SUCCESS);
        }
        if dead.is_empty() {
            println!("no dead letters");
            return Ok(ExitCode::SUCCESS);
        }
        for event in &dead {
            println!("{}", story::event_line(event));
        }
        println!("\nonce the cause is mended: payonce webhook replay ID..");
        Ok(ExitCode::SUCCESS)
    }
}
