//! Two connections bring one event at the same time, through the real claim of this release.
//!
//! Where the winner commits, a row is visible for the milliseconds until the loser takes it away: an `ignored` event at
//! the epoch, under a key no provider writes. It is also looked for afterwards, and one that a killed run left is swept.
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::semantics::said;
use super::{Access, Check};
use crate::db::release;

/// How often the wait is looked for, and how long between.
const LOOKS: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// What the second of two claims found.
struct Second {
    waited: bool,
    mine: bool,
    outcome: String,
}

pub(super) async fn checks(access: &Access) -> Vec<Check> {
    let key = format!("verify-{}", Uuid::now_v7());
    let committed = after(access, &key, "commit").await.and_then(|second| match second {
        Second { waited: false, .. } => Err("the second claim did not wait for the first".into()),
        Second { mine: true, .. } => Err("both claims won".into()),
        Second { outcome, .. } if outcome != "verify_first" => Err(format!("the second claim saw {outcome}")),
        _ => Ok(()),
    });
    let rolled_back = after(access, &key, "rollback").await.and_then(|second| match second {
        Second { waited: false, .. } => Err("the second claim did not wait for the first".into()),
        Second { mine: false, .. } => Err("the first claim rolled back and the second did not win".into()),
        _ => Ok(()),
    });
    let swept = sweep(access, &key).await;
    vec![
        Check::new("of two claims of one event one wins; the other waits and sees what it did", committed),
        Check::new("a claim that rolls back leaves the event to the one that waits", rolled_back),
        Check::new("the claims left nothing behind", swept),
    ]
}

/// Claims twice at once and ends the first claim by `end`; nothing of the second stays.
async fn after(access: &Access, key: &str, end: &str) -> Result<Second, String> {
    let (first, second) = (access.connect().await?, access.connect().await?);
    for client in [&first, &second] {
        said(
            client
                .batch_execute("begin; set local lock_timeout = '5s'; set local statement_timeout = '5s'")
                .await,
        )?;
    }
    let second_pid = pid(&second).await?;
    if !claim(&first, key, "verify_first").await?.0 {
        return Err("the first claim found the event there already".into());
    }
    let first_ends = async {
        let waited = is_blocked(&first, second_pid).await;
        said(first.batch_execute(end).await).and(waited)
    };
    let (claimed, waited) = tokio::join!(claim(&second, key, "verify_second"), first_ends);
    let (mine, outcome) = claimed?;
    if mine {
        said(second.batch_execute("rollback").await)?;
    } else {
        remove(&second, key).await?;
        said(second.batch_execute("commit").await)?;
    }
    Ok(Second { waited: waited?, mine, outcome })
}

async fn claim(client: &Client, key: &str, outcome: &str) -> Result<(bool, String), String> {
    let sql = release::sql(include_str!("claim_probe.sql"));
    let id = Uuid::now_v7();
    let rows =
        client.query_typed(&sql, &[(&id, Type::UUID), (&key, Type::TEXT), (&outcome, Type::TEXT)]).await;
    let rows = said(rows)?;
    let row = rows.first().ok_or("the claim returned no row")?;
    Ok((row.get("mine"), row.get("outcome")))
}

async fn pid(client: &Client) -> Result<i32, String> {
    let rows = said(client.query_typed("select pg_backend_pid() as pid", &[]).await)?;
    Ok(rows.first().map_or(0, |row| row.get("pid")))
}

/// Does `pid` wait for this connection, now or within two seconds?
async fn is_blocked(client: &Client, pid: i32) -> Result<bool, String> {
    for _ in 0..LOOKS {
        let sql = "select pg_backend_pid() = any (pg_blocking_pids($1)) as blocked";
        let rows = said(client.query_typed(sql, &[(&pid, Type::INT4)]).await)?;
        if rows.first().is_some_and(|row| row.get("blocked")) {
            return Ok(true);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(false)
}

async fn remove(client: &Client, key: &str) -> Result<u64, String> {
    let sql = "delete from payonce.webhook_events
               where provider = 'stripe' and provider_created_at = to_timestamp(0) and event_key = $1";
    said(client.execute_typed(sql, &[(&key, Type::TEXT)]).await)
}

/// Removes what this run or, an hour ago, another may have left.
async fn sweep(access: &Access, key: &str) -> Result<(), String> {
    let client = access.connect().await?;
    let left = remove(&client, key).await?;
    let sql = "delete from payonce.webhook_events
               where provider = 'stripe' and provider_created_at = to_timestamp(0) and event_key like 'verify-%'
                 and event_type = 'payonce.verify' and received_at < now() - interval '1 hour'";
    said(client.execute_typed(sql, &[]).await)?;
    if left == 0 { Ok(()) } else { Err("a row was left, and is removed now".into()) }
}
