//! The demo shop: something to sell before there is a catalogue.
use tokio_postgres::Client;

/// Adds what is missing of the demo shop, in one transaction, and says how many rows of each kind it added.
/// What is there stays as it is, so a second run adds nothing.
pub async fn seed_demo(client: &mut Client) -> Result<Vec<(&'static str, u64)>, tokio_postgres::Error> {
    let step = client.transaction().await?;
    let mut added = Vec::new();
    for block in include_str!("seed.sql").split("-- name: ").skip(1) {
        let (what, sql) = block.split_once('\n').unwrap_or((block, ""));
        added.push((what, step.execute_typed(sql, &[]).await?));
    }
    step.commit().await?;
    Ok(added)
}
