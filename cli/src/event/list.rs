//! `payonce event list`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::inbox::Provider;
use payonce::operator::{self, Filter};

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct List {
    #[arg(long, value_parser = ["processed", "ignored", "parked", "failed", "dead"])]
    status: Option<String>,
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Option<Provider>,
    /// A time (2026-08-01, 2026-08-01T09:30Z) or how long ago (90m, 2h, 7d)
    #[arg(long, value_parser = since)]
    since: Option<String>,
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
}

impl List {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        let since = self.since.as_deref();
        let is_ago = |text: &&str| is_ago(text);
        let filter = Filter {
            status: self.status.as_deref(),
            provider: self.provider.map(Provider::name),
            since: since.filter(|text| !is_ago(text)),
            within: since.filter(is_ago),
            limit: self.limit,
        };
        client.batch_execute(story::READ_IN_UTC).await?;
        let events =
            operator::event_list(&client, &filter).await.context("not listed (--since: 2h or 2026-08-01)")?;
        client.batch_execute("commit").await?;
        if events.is_empty() {
            println!("no such events");
        }
        for event in &events {
            println!("{}", story::event_line(event));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses at once what Postgres would refuse only where there are events to compare it with.
fn since(text: &str) -> Result<String, String> {
    let is_time = text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('-');
    if is_time || is_ago(text) {
        return Ok(text.to_owned());
    }
    Err("a time (2026-08-01, 2026-08-01T09:30Z) or how long ago (90m, 2h, 7d)".into())
}

fn is_ago(text: &str) -> bool {
    text.strip_suffix(['s', 'm', 'h', 'd', 'w'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn since_is_a_time_or_how_long_ago() {
    for text in ["2026-08-01", "2026-08-01T09:30Z", "90m", "7d"] {
        assert_eq!(since(text).as_deref(), Ok(text));
    }
    for text in ["", "h", "yesterday", "2x", "-1d", "1.5h"] {
        assert!(since(text).is_err(), "{text}");
    }
}
