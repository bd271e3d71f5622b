//! `payonce event fetch`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use payonce::config::{Gateway, Webhook};
use payonce::db::{ANSWER_WITHIN, Db};
use payonce::gateway::Gateways;
use payonce::inbox::{Event, Provider, Status, Verified};
use payonce::{fulfilment, operator, stripe};
use tokio::time::Instant;
use tokio_postgres::Client;

use crate::settings;

/// For one page, retries included.
const A_PAGE: Duration = Duration::from_secs(30);
/// More than that is another outage: fetch it a shorter time at once.
const MOST: usize = 20_000;

#[derive(clap::Args)]
pub(crate) struct Fetch {
    /// Stripe keeps its events for 30 days; Razorpay has no such list
    #[arg(long, value_name = "stripe")]
    provider: Provider,
    /// How far back
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    since: u32,
    /// Only those that an endpoint did not take
    #[arg(long)]
    undelivered: bool,
    /// Say what would be taken in, and take in nothing
    #[arg(long)]
    dry_run: bool,
}

/// How many came to what end.
#[derive(Default)]
struct Tally {
    taken_in: u32,
    known: u32,
    unwell: u32,
}

impl Fetch {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        ensure!(
            self.provider == Provider::Stripe,
            "Razorpay has no list of its events: its dashboard sends them again (Settings, Webhooks), or ask for its \
             payments there and compare: payonce payment show pay_..."
        );
        let config = settings::read(Webhook::read_replay)?;
        let gateways = Gateways::new(&settings::read(Gateway::read)?).map_err(anyhow::Error::msg)?;
        let Some(line) = gateways.stripe() else {
            bail!("Stripe cannot be asked: set STRIPE_SECRET_KEY, a key that may read events");
        };
        let since = SystemTime::now() - Duration::from_secs(u64::from(self.since) * 60 * 60);
        let found = all(line, since, self.undelivered).await?;

        let client = settings::pooled().await?;
        let db = Db::new(&config.database.url, config.database.ca_file.as_deref(), 1)
            .map_err(anyhow::Error::msg)?;
        let mut tally = Tally::default();
        // Oldest first: a capture before its refund.
        for verified in found.into_iter().rev() {
            let event = match stripe::read(verified) {
                Ok(event) => event.held_to(&config.expected),
                Err(error) => {
                    println!("unreadable: {error}");
                    tally.unwell += 1;
                    continue;
                }
            };
            let end = if self.dry_run {
                looked_up(&client, &event, &mut tally).await?
            } else {
                taken_in(&db, &config, &event, &mut tally).await
            };
            println!("{:42}  {:30}  {end}", event.key, event.kind);
        }
        let would = if self.dry_run { "would be taken in" } else { "taken in" };
        println!("{} {would}, {} known before, {} unwell", tally.taken_in, tally.known, tally.unwell);
        Ok(if tally.unwell == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Every event since then, newest first.
async fn all(line: &stripe::Client, since: SystemTime, undelivered: bool) -> Result<Vec<Verified>> {
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = line
            .events(Instant::now() + A_PAGE, since, undelivered, after.as_deref())
            .await
            .context("Stripe did not tell its events")?;
        found.extend(page.events);
        ensure!(found.len() <= MOST, "more than {MOST} events: ask for a shorter time with --since");
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

async fn taken_in(db: &Db, config: &Webhook, event: &Event, tally: &mut Tally) -> String {
    let deadline = Instant::now() + ANSWER_WITHIN;
    match fulfilment::receive(db, event, config.retry, SystemTime::now(), deadline).await {
        Ok(settled) if !settled.mine => {
            tally.known += 1;
            format!("known before: {}, {}", settled.status.name(), settled.outcome)
        }
        Ok(settled) => {
            let is_unwell = matches!(settled.status, Status::Failed | Status::Dead);
            *(if is_unwell { &mut tally.unwell } else { &mut tally.taken_in }) += 1;
            format!("{}, {}", settled.status.name(), settled.outcome)
        }
        Err(failure) => {
            tally.unwell += 1;
            failure.to_string()
        }
    }
}

async fn looked_up(client: &Client, event: &Event, tally: &mut Tally) -> Result<String> {
    Ok(match operator::event(client, &event.key).await? {
        Some(stored) => {
            tally.known += 1;
            let fields = &stored.fields;
            let of = |key: &str| fields[key].as_str().unwrap_or_default().to_owned();
            format!("known before: {}, {}", of("status"), of("outcome"))
        }
        None => {
            tally.taken_in += 1;
            "missing".into()
        }
    })
}
