//! `payonce event show`
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use payonce::operator;
use serde_json::Value;

use crate::{settings, story};

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Our id, or the provider's event key
    id: String,
    /// The stored body and nothing else, byte for byte
    #[arg(long)]
    raw: bool,
}

impl Show {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let client = settings::pooled().await?;
        client.batch_execute(story::READ_IN_UTC).await?;
        let found = operator::event(&client, &self.id).await?;
        client.batch_execute("commit").await?;
        let found = found.with_context(|| format!("no event {} in this database", self.id))?;
        if self.raw {
            let body = found.body.context("the body is no longer kept")?;
            std::io::stdout().write_all(&body)?;
            return Ok(ExitCode::SUCCESS);
        }
        print!("{}", story::event(&found.fields));
        println!("\n{}", body(found.body.as_deref()));
        Ok(ExitCode::SUCCESS)
    }
}

/// Laid out where it is JSON; else as text, so that no byte an operator should see is lost.
fn body(bytes: Option<&[u8]>) -> String {
    let Some(bytes) = bytes else { return "(the body is no longer kept)".into() };
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => format!("{value:#}"),
        Err(_) => String::from_utf8_lossy(bytes).escape_debug().to_string(),
    }
}
