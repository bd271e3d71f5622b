//! What an event costs in words with the database: round trips and commits.
use std::path::Path;
use std::time::Duration;

use payonce_tests::{Cluster, Proxy, Random};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::cast::payonce;
use crate::fleet::{Fleet, Program};
use crate::ground::Ground;
use crate::order;
use crate::traffic::{self, Traffic};

/// An event's, on average.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) traffic: Traffic,
    pub(crate) round_trips: f64,
    pub(crate) commits: f64,
}

/// Counted over so many.
const EVENTS: usize = 200;
/// Where nobody else is.
const DATABASE: &str = "bench_words";

/// Counts them, for each kind of traffic, at one instance of payonce.
pub(crate) async fn count(ground: &Ground, binary: &Path, random: &mut Random) -> Result<Vec<Words>, String> {
    let proxy = Proxy::start(&ground.server()).await;
    let address = format!("127.0.0.1:{}", proxy.port);
    let near = Cluster { server: address.clone(), pool: address };
    let program = payonce(binary, &near.direct_url("payonce_request_login", DATABASE));
    let admin = ground.payonce(DATABASE).await?;
    let (mut told, mut counted) = (Vec::new(), Vec::new());
    for (turn, traffic) in
        [Traffic::Applied, Traffic::Duplicate, Traffic::Ignored, Traffic::Mixed].into_iter().enumerate()
    {
        let orders = match traffic.orders(EVENTS) {
            0 => Vec::new(),
            some => order::place(&admin, (1 + turn * EVENTS) as i64, some).await?,
        };
        let batch = traffic::write(traffic, EVENTS, &orders, &told, random);
        counted.push(deliver(ground, &admin, &proxy, (traffic, &program), batch.invocations).await?);
        if traffic == Traffic::Applied {
            told = batch.paid;
        }
    }
    Ok(counted)
}

async fn deliver(
    ground: &Ground,
    admin: &Client,
    proxy: &Proxy,
    (traffic, program): (Traffic, &Program),
    batch: std::rc::Rc<[String]>,
) -> Result<Words, String> {
    // Else this session's own commits come to the statistics some seconds later.
    admin.batch_execute("select pg_stat_force_next_flush()").await.map_err(|error| error.to_string())?;
    let mut fleet = Fleet::new(program.clone());
    fleet.start().await?;
    // It connects before it asks for work: no event's words.
    until(ground, 1).await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (round_trips, commits) = (proxy.round_trips(), commits(ground).await?);
    fleet.deliver(batch, 1).await?;
    let round_trips = proxy.round_trips() - round_trips;
    drop(fleet);
    // A session brings its commits to the statistics when it ends.
    until(ground, 0).await?;
    let commits = self::commits(ground).await? - commits;
    Ok(Words {
        traffic,
        round_trips: round_trips as f64 / EVENTS as f64,
        commits: commits as f64 / EVENTS as f64,
    })
}

async fn commits(ground: &Ground) -> Result<i64, String> {
    ask(ground, "select xact_commit from pg_stat_database where datname = $1").await
}

/// Waits until the function has so many sessions.
async fn until(ground: &Ground, sessions: i64) -> Result<(), String> {
    let sql =
        "select count(*) from pg_stat_activity where datname = $1 and usename = 'payonce_request_login'";
    for _ in 0..200 {
        if ask(ground, sql).await? == sessions {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("not {sessions} sessions after four seconds"))
}

async fn ask(ground: &Ground, sql: &str) -> Result<i64, String> {
    let rows = ground.admin.query_typed(sql, &[(&DATABASE, Type::TEXT)]).await;
    Ok(rows.map_err(|error| error.to_string())?.first().ok_or("no row")?.get(0))
}
