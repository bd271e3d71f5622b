//! `payonce secrets put`
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Result, anyhow, bail, ensure};
use payonce::config::{self, PaymentsMode};
use payonce::db;
use payonce::rotation::{Kept, Rotation};
use payonce::secret::endpoint::EndpointSecret;
use payonce::secret::held::{key_id, plain};
use serde_json::json;

use super::{deadline, from_stdin, keeping, kept};
use crate::settings;

#[derive(clap::Args)]
pub(crate) struct Put {
    /// STRIPE_WEBHOOK_SECRET, DATABASE_URL, ...
    name: String,
    /// Of Stripe's: the endpoint whose secret it is, we_...
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
    /// Of Razorpay's: the id of the key whose secret it is, rzp_...; it counts over RAZORPAY_KEY_ID
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// As it is: a database is not connected to first, a key not held to LIVEMODE and PAYMENTS_MODE
    #[arg(long)]
    untried: bool,
}

impl Put {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (rotation, kept) = kept(&self.name).await?;
        let mut value = from_stdin()?;
        if let Some(id) = &self.key_id {
            ensure!(self.name == "RAZORPAY_KEY_SECRET", "--key-id rzp_... is of RAZORPAY_KEY_SECRET");
            value = json!({ "key_id": id, "key_secret": plain(value) }).to_string();
        }
        ensure!(
            self.endpoint.is_none() || self.name == "STRIPE_WEBHOOK_SECRET",
            "--endpoint we_... is of STRIPE_WEBHOOK_SECRET"
        );
        if !self.untried {
            self.try_it(&value).await?;
            self.keeps_the_id(&kept, &value).await?;
        }
        if self.name == "STRIPE_WEBHOOK_SECRET" {
            return self.put_endpoint(&rotation, &kept, value).await;
        }
        self.put(&kept, value).await
    }

    /// What is there is not left for what is no good.
    async fn try_it(&self, value: &str) -> Result<()> {
        let name = &self.name;
        if name.starts_with("DATABASE_") {
            let ca_file = settings::read(|source| Some(source.optional("DATABASE_CA_FILE")))?;
            let opened = db::direct(&plain(value.to_owned()), ca_file.as_deref()).await;
            return opened.map(drop).map_err(|why| {
                anyhow!(
                    "the new URL opens no database, so nothing was changed: {why}\n\
                     where this machine cannot reach it, and the functions can: --untried"
                )
            });
        }
        let livemode = settings::read(|source| source.parsed("LIVEMODE", false))?;
        if let Some(why) = config::unusable_key(name, value, livemode) {
            bail!(
                "{why}: nothing was changed\n\
                 for keys of the other mode first deploy that LIVEMODE, with PAYMENTS_MODE=disabled; or --untried"
            );
        }
        let mode = settings::read(|source| source.parsed("PAYMENTS_MODE", PaymentsMode::Disabled))?;
        let is_key = ["STRIPE_SECRET_KEY", "RAZORPAY_KEY_SECRET"].contains(&name.as_str());
        ensure!(
            !is_key || mode != PaymentsMode::Sandbox,
            "PAYMENTS_MODE is sandbox, which does not start beside a key: nothing was changed\n\
             first deploy PAYMENTS_MODE=disabled, then put the key in, then deploy live; or --untried"
        );
        Ok(())
    }

    /// A secret of Razorpay's that is kept with its key's id is not followed by one without: the id that is set would count.
    async fn keeps_the_id(&self, kept: &Kept, value: &str) -> Result<()> {
        if self.name != "RAZORPAY_KEY_SECRET" || key_id(value).is_some() {
            return Ok(());
        }
        let current = kept.current().await.map_err(anyhow::Error::msg)?;
        ensure!(
            current.and_then(|current| key_id(&current)).is_none(),
            "the secret in force is kept with its key's id: say that of the new one by --key-id rzp_...; or --untried"
        );
        Ok(())
    }

    /// The endpoint that the one in force replaced is still to be switched off, and says so in what is kept. With this its
    /// secret is accepted no more.
    async fn put_endpoint(&self, rotation: &Rotation, kept: &Kept, value: String) -> Result<ExitCode> {
        let put = EndpointSecret::read(&value);
        let endpoint = self.endpoint.clone().or(put.endpoint);
        ensure!(
            endpoint.as_ref().is_none_or(|id| id.starts_with("we_")),
            "the id of an endpoint begins with we_"
        );
        let Some(old) = replaced(kept).await? else {
            let document = EndpointSecret { secret: put.secret, endpoint, replaces: put.replaces };
            return self.put(kept, document.write()).await;
        };
        let Some(endpoint) = endpoint else {
            bail!("{old} was replaced and is not switched off yet: whose secret is this? --endpoint we_...");
        };
        // Back to the one before: then the one in force is what it replaces.
        let is_back = endpoint == old;
        let current = kept.current().await.map_err(anyhow::Error::msg)?.unwrap_or_default();
        let replaces = if is_back { EndpointSecret::read(&current).endpoint } else { Some(old.clone()) };
        let document = EndpointSecret { secret: put.secret, endpoint: Some(endpoint), replaces };
        let done = self.put(kept, document.write()).await?;
        if !is_back {
            match rotation.disable_replaced(kept, deadline()).await {
                Ok(_) => println!("{old}, whose secret is accepted no more, delivers nothing any more"),
                Err(why) => {
                    println!("what {old} delivers is refused until the sweeper switches it off: {why}")
                }
            }
        }
        Ok(done)
    }

    async fn put(&self, kept: &Kept, value: String) -> Result<ExitCode> {
        kept.put_current(value).await.map_err(anyhow::Error::msg)?;
        println!(
            "{} has its new value; functions take it up within SECRET_TTL_SECONDS, at the latest",
            self.name
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// The endpoint whose place that of the current secret took, while the overlap lasts.
async fn replaced(kept: &Kept) -> Result<Option<String>> {
    let overlap = keeping()?.map(|keeping| keeping.overlap).unwrap_or_default();
    let in_force = kept.in_force().await.map_err(anyhow::Error::msg)?;
    let lasting = in_force.filter(|stored| stored.created + overlap > SystemTime::now());
    Ok(lasting.and_then(|stored| EndpointSecret::read(&stored.value).replaces))
}
