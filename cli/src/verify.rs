//! `payonce verify`
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::operator::verify::{self, Access};

use crate::settings;

pub(crate) async fn run() -> Result<ExitCode> {
    let database = settings::direct_database()?;
    let access = Access { url: database.url, ca_file: database.ca_file };
    let (mut passed, mut failed) = (0, 0);
    let told = verify::verify(&access, |check| match &check.verdict {
        Ok(()) => {
            passed += 1;
            println!("ok   {}", check.name);
        }
        Err(why) => {
            failed += 1;
            println!("FAIL {}: {why}", check.name);
        }
    });
    told.await.map_err(anyhow::Error::msg).context("nothing was verified")?;
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
