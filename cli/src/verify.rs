//! `payonce verify`
use std::process::ExitCode;

use anyhow::Result;

pub(crate) async fn run() -> Result<ExitCode> {
    anyhow::bail!("not yet")
}
