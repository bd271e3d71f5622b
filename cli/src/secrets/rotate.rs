//! `payonce secrets rotate`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Result, anyhow, bail, ensure};
use payonce::rotation::{Done, Kept, Rotation, made_up};
use uuid::Uuid;

use super::{deadline, from_stdin, kept};

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// STRIPE_WEBHOOK_SECRET, CHECKOUT_TOKEN_SECRET, ...
    name: String,
    /// Run the steps from here instead of having Secrets Manager run them
    #[arg(long)]
    here: bool,
    /// Give up a rotation that is under way and leads nowhere
    #[arg(long)]
    afresh: bool,
    /// Of a secret that a person has to set at its provider: take the next value from standard input, make up none
    #[arg(long, conflicts_with_all = ["here", "done"])]
    stdin: bool,
    /// Of such a secret: it is set at the provider, so promote it
    #[arg(long, conflicts_with = "here")]
    done: bool,
}

impl Rotate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (rotation, mut kept) = kept(&self.name).await?;
        if self.afresh {
            kept.forget_pending().await.map_err(anyhow::Error::msg)?;
            kept = super::kept(&self.name).await?.1;
        }
        match (kept.kind, self.name.as_str()) {
            (Some(_), _) if self.here => self.here(&rotation, &kept).await,
            (Some(_), _) => {
                ensure!(!self.stdin && !self.done, "{} is rotated without anybody's help", self.name);
                ensure!(
                    kept.rotates,
                    "Secrets Manager does not rotate {name} by itself; to run the steps from here: \
                     payonce secrets rotate {name} --here",
                    name = self.name
                );
                kept.ask_to_rotate().await.map_err(anyhow::Error::msg)?;
                println!("Secrets Manager rotates {}: payonce secrets status shows how it goes", self.name);
                Ok(ExitCode::SUCCESS)
            }
            (None, "RAZORPAY_WEBHOOK_SECRET") if self.done => self.promote(&kept).await,
            (None, "RAZORPAY_WEBHOOK_SECRET") => self.guide(&kept).await,
            (None, name) if name.starts_with("DATABASE_") => {
                println!("{}", TWO_USERS.replace("NAME", name));
                Ok(ExitCode::SUCCESS)
            }
            (None, name) => bail!("{name} is changed at its provider, then here: payonce secrets put {name}"),
        }
    }

    /// A rotation that is under way goes on, or is found to be done; else another begins.
    async fn here(&self, rotation: &Rotation, kept: &Kept) -> Result<ExitCode> {
        let ran = rotation.run_all(&kept.name, SystemTime::now(), deadline()).await;
        match ran.map_err(|why| anyhow!("{why}"))? {
            (Done::Already, version) => self.was_promoted(&version),
            (_, version) => self.is_rotated(&version),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn is_rotated(&self, version: &str) {
        println!(
            "{}: version {version} is current, the one before it still accepted: payonce secrets status says until when",
            self.name
        );
    }

    fn was_promoted(&self, version: &str) {
        println!(
            "{}: a rotation that was interrupted after its promotion is done: version {version} is current. For another \
             value run this again",
            self.name
        );
    }

    /// The next value is accepted before anybody signs with it.
    async fn guide(&self, kept: &Kept) -> Result<ExitCode> {
        ensure!(
            kept.pending().is_none(),
            "the next value waits already: set it at Razorpay, then --done; or --afresh"
        );
        let value = if self.stdin { from_stdin()? } else { made_up().map_err(|why| anyhow!("{why}"))? };
        let token = Uuid::now_v7().to_string();
        kept.put_pending(&token, None, value.clone()).await.map_err(anyhow::Error::msg)?;
        println!("the next value is accepted from now on, beside the current one");
        println!(
            "1. wait for some seconds, then set it at Razorpay: Account & Settings, Webhooks, the webhook's Secret"
        );
        if !self.stdin {
            println!("   {value}");
        }
        println!("2. then: payonce secrets rotate {} --done", self.name);
        Ok(ExitCode::SUCCESS)
    }

    /// Stored anew, since the overlap is counted from when the current one was put there: Razorpay signs what it delivers
    /// again with the secret of the first time.
    async fn promote(&self, kept: &Kept) -> Result<ExitCode> {
        if let Some(version) = kept.promoted() {
            kept.forget_pending().await.map_err(anyhow::Error::msg)?;
            self.was_promoted(version);
            return Ok(ExitCode::SUCCESS);
        }
        let Some(pending) = kept.pending() else {
            bail!("nothing waits to be promoted: payonce secrets rotate {}", self.name);
        };
        let value = kept.version(pending).await.map_err(anyhow::Error::msg)?;
        let value =
            value.ok_or_else(|| anyhow!("version {pending} has no value: begin again with --afresh"))?;
        let token = Uuid::now_v7().to_string();
        kept.put_pending(&token, None, value).await.map_err(anyhow::Error::msg)?;
        kept.promote(&token).await.map_err(anyhow::Error::msg)?;
        super::kept(&self.name).await?.1.forget_pending().await.map_err(anyhow::Error::msg)?;
        self.is_rotated(&token);
        Ok(ExitCode::SUCCESS)
    }
}

/// Logins have no overlap of their own: so two of them take turns.
const TWO_USERS: &str = "\
NAME changes without a failed request when two logins take turns:
1. give the login that is not in use a new password (or make it, a member of the same roles):
     alter role OTHER_LOGIN password '...';      and at PgBouncer, where its users are listed
2. put its URL in; it is tried first, and nothing changes when it opens no database:
     payonce secrets put NAME < FILE
3. functions take it up within SECRET_TTL_SECONDS. Then give the first login a new password, or none.
With one login alone: put the new URL in right after the password was changed. A function that is refused
looks for the new one at once.";
