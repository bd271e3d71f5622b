//! `payonce event list`
use std::process::ExitCode;

use anyhow::{Result, bail};
use payonce::inbox::Provider;
use payonce::operator::{self, Filter};
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::{settings, story};

/// What `--since` takes.
const WANTED: &str =
    "there is no such time; a time is 2026-08-01 or 2026-08-01T09:30Z, how long ago is 90m, 2h or 7d";

#[derive(clap::Args)]
pub(crate) struct List {
    #[arg(long, value_parser = ["processed", "ignored", "parked", "failed", "dead"])]
    status: Option<String>,
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Option<Provider>,
    /// A time (2026-08-01, 2026-08-01T09:30Z) or how long ago (90m, 2h, 7d)
    #[arg(long, allow_hyphen_values = true, value_parser = since)]
    since: Option<String>,
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// As one JSON list
    #[arg(long)]
    json: bool,
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
        check_times(&client, &filter).await?;
        let events = operator::event_list(&client, &filter).await?;
        client.batch_execute("commit").await?;
        if self.json {
            println!("{:#}", Value::Array(events));
            return Ok(ExitCode::SUCCESS);
        }
        if events.is_empty() {
            println!("no such events");
        }
        for event in &events {
            println!("{}", story::event_line(event));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What looks like a time and is none, Postgres would refuse only where there are events to compare it with.
async fn check_times(client: &Client, filter: &Filter<'_>) -> Result<()> {
    let sql = "select ($1::text)::timestamptz is null, now() - ($2::text)::interval is null";
    let Err(error) =
        client.query_typed(sql, &[(&filter.since, Type::TEXT), (&filter.within, Type::TEXT)]).await
    else {
        return Ok(());
    };
    match (error.code().map(|code| code.code()), filter.since.or(filter.within)) {
        // Data exceptions: the text is at fault.
        (Some(code), Some(text)) if code.starts_with("22") => bail!("--since {text}: {WANTED}"),
        _ => Err(error.into()),
    }
}

fn since(text: &str) -> Result<String, String> {
    let is_time = text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('-');
    if is_time || is_ago(text) {
        return Ok(text.to_owned());
    }
    Err(WANTED.into())
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
