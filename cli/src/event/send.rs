//! `payonce event send`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result};
use payonce::inbox::Provider;

use crate::post::Delivery;

#[derive(clap::Args)]
pub(crate) struct Send {
    #[arg(long, value_name = "stripe|razorpay")]
    provider: Provider,
    /// The body, byte for byte; - is standard input
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Where to  [default: the provider's function under FUNCTION_URL_BASE]
    #[arg(long, conflicts_with = "as_invocation")]
    url: Option<String>,
    /// Print the signed invocation that Lambda would make of it
    #[arg(long)]
    as_invocation: bool,
}

impl Send {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let delivery = Delivery { provider: self.provider, body: read(&self.file)?, event_id: None };
        if self.as_invocation {
            println!("{:#}", delivery.invocation(SystemTime::now())?);
            return Ok(ExitCode::SUCCESS);
        }
        delivery.send(self.url)
    }
}

/// The bytes of a file, or of standard input.
pub(crate) fn read(file: &str) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    if file == "-" {
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut body).context("standard input")?;
    } else {
        body = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    }
    Ok(body)
}
