//! `payonce waiting`
use std::process::ExitCode;

use anyhow::Result;
use payonce::operator::{self, Filter};
use payonce::payment;
use serde_json::Value;

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct Waiting {
    /// At most so many of each kind
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// As one JSON object, a list a kind
    #[arg(long)]
    json: bool,
}

impl Waiting {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        // One more than is shown tells whether there are more.
        let limit = i64::from(self.limit) + i64::from(!self.json);
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let mut all = payment::waiting(&client, limit).await?;
        let dead = operator::dead_letters(&client, limit).await?;
        story::put(&mut all, "dead", Value::Array(dead));
        let parked = Filter { status: Some("parked"), limit, ..Filter::default() };
        let parked = operator::event_list(&client, &parked).await?;
        story::put(&mut all, "parked", Value::Array(parked));
        client.batch_execute("commit").await?;
        if self.json {
            println!("{all:#}");
            return Ok(ExitCode::SUCCESS);
        }
        match story::waiting(&all, self.limit.into()).trim_start() {
            "" => println!("nothing waits for a person"),
            told => println!(
                "{told}\nwhose it is: payonce order show ID, payonce topup show ID, with any id above"
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}
