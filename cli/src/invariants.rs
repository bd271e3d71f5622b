//! `payonce invariants`
use std::process::ExitCode;

use anyhow::Result;
use payonce::operator;

use crate::settings;

/// Rows shown of a broken invariant; the first few say what is wrong, the rest only how often.
const SHOWN: usize = 10;

pub(crate) async fn run() -> Result<ExitCode> {
    let client = settings::direct().await?;
    client.batch_execute("begin isolation level repeatable read read only").await?;
    let (mut passed, mut failed) = (0, 0);
    for invariant in operator::invariants() {
        let broken = operator::broken(&client, &invariant).await?;
        if broken.is_empty() {
            passed += 1;
            println!("ok   {} {}", invariant.name, invariant.says);
            continue;
        }
        failed += 1;
        println!("FAIL {} {}: {} rows", invariant.name, invariant.says, broken.len());
        for row in broken.iter().take(SHOWN) {
            println!("       {row}");
        }
        if broken.len() > SHOWN {
            println!("       and {} more", broken.len() - SHOWN);
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
