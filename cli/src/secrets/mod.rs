//! `payonce secrets`
mod put;
mod revoke;
mod rotate;
mod status;

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use payonce::config::{self, Keeping, SECRETS};
use payonce::rotation::{Kept, Rotation};
use tokio::time::Instant;

use crate::settings;

/// Longer than the four steps take.
const WITHIN: Duration = Duration::from_secs(60);

#[derive(clap::Subcommand)]
pub(crate) enum Secrets {
    /// How each secret stands: versions, ages, what is still accepted and still used. Shows no value
    Status,
    /// Give a secret its next value, so that nothing signed with the one before is refused
    Rotate(rotate::Rotate),
    /// Put a value in, from standard input; the one before stays accepted through the overlap
    Put(put::Put),
    /// End the overlap at once: the secret before the current one is accepted no more
    Revoke(revoke::Revoke),
}

impl Secrets {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Status => status::run().await,
            Self::Rotate(rotate) => rotate.run().await,
            Self::Put(put) => put.run().await,
            Self::Revoke(revoke) => revoke.run().await,
        }
    }
}

/// What is kept in Secrets Manager; none where nothing is.
fn keeping() -> Result<Option<Keeping>> {
    settings::read(Keeping::read)
}

/// Who rotates, and the secret `name`, which has to be kept in Secrets Manager.
async fn kept(name: &str) -> Result<(Rotation, Kept)> {
    ensure!(SECRETS.contains(&name), "no secret is called {name}: they are {}", SECRETS.join(", "));
    let keeping = keeping()?;
    let id =
        keeping.iter().flat_map(|keeping| &keeping.kept).find(|kept| kept.name == name).map(|kept| &kept.id);
    let id = id.with_context(|| {
        format!("{name} is not kept in Secrets Manager: {name}_SECRET_ID says under which name")
    })?;
    let rotation = Rotation::new(settings::read(config::Rotation::read)?).map_err(anyhow::Error::msg)?;
    let kept = rotation.kept(id).await.map_err(|why| anyhow!("{why}"))?;
    Ok((rotation, kept))
}

/// One line from standard input, which no list of processes shows.
fn from_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("standard input")?;
    let text = text.trim();
    ensure!(!text.is_empty(), "there is nothing on standard input");
    Ok(text.to_owned())
}

fn deadline() -> Instant {
    Instant::now() + WITHIN
}
