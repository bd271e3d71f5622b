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
    /// As one JSON object, the body in it
    #[arg(long, conflicts_with = "raw")]
    json: bool,
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
        if self.json {
            let mut fields = found.fields;
            story::put(&mut fields, "body", found.body.as_deref().map_or(Value::Null, read));
            println!("{fields:#}");
            return Ok(ExitCode::SUCCESS);
        }
        print!("{}", story::event(&found.fields));
        println!("\n{}", body(found.body.as_deref()));
        Ok(ExitCode::SUCCESS)
    }
}

fn body(bytes: Option<&[u8]>) -> String {
    match bytes.map(read) {
        None => "(the body is no longer kept)".into(),
        Some(Value::String(text)) => text,
        Some(value) => format!("{value:#}"),
    }
}

/// JSON, or else text in which every byte that an operator should see is escaped.
fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).escape_debug().to_string()))
}
