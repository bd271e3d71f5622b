//! `payonce invariants`
use std::process::ExitCode;

use anyhow::Result;
use payonce::operator::{self, Invariant};
use serde_json::{Value, json};

use crate::settings;

/// Rows shown of a broken invariant; the first few say what is wrong, the rest only how often.
const SHOWN: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Invariants {
    /// As one JSON list, with every row that breaks one
    #[arg(long)]
    json: bool,
}

impl Invariants {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::direct().await?;
        client.batch_execute("begin isolation level repeatable read read only").await?;
        let mut checked = Vec::new();
        for invariant in operator::invariants() {
            let broken = operator::broken(&client, &invariant).await?;
            if !self.json {
                print(&invariant, &broken);
            }
            checked.push((invariant, broken));
        }
        let failed = checked.iter().filter(|(_, broken)| !broken.is_empty()).count();
        if self.json {
            let told = checked.iter().map(|(invariant, broken)| {
                json!({ "name": invariant.name, "says": invariant.says, "ok": broken.is_empty(), "broken": broken })
            });
            println!("{:#}", Value::Array(told.collect()));
        } else {
            println!("{} passed, {failed} failed", checked.len() - failed);
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(invariant: &Invariant, broken: &[String]) {
    if broken.is_empty() {
        println!("ok   {} {}", invariant.name, invariant.says);
        return;
    }
    println!("FAIL {} {}: {} rows", invariant.name, invariant.says, broken.len());
    for row in broken.iter().take(SHOWN) {
        println!("       {row}");
    }
    if broken.len() > SHOWN {
        println!("       and {} more", broken.len() - SHOWN);
    }
}
