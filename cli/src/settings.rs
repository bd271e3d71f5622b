//! What the commands read from the environment, and the connections they make of it.
use anyhow::{Context, Result, anyhow, bail};
use payonce::config::{self, Database, Source};
use payonce::inbox::Provider;
use payonce::secret::Ring;
use payonce::{db, operator};
use tokio_postgres::Client;
use tokio_postgres::error::DbError;

/// Said after every complaint about a setting.
const HOW_TO_SET: &str = "the laptop stack's settings:  eval \"$(make -s env)\"";

/// Reads settings; an error says what is wrong with which, then how to come by them.
pub(crate) fn read<T>(read: impl FnOnce(&mut Source<'_>) -> Option<T>) -> Result<T> {
    config::from_env(read).map_err(|unusable| anyhow!("{}\n{HOW_TO_SET}", unusable.0.join("\n")))
}

/// One variable of the environment, as it is.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Past the pooler, as the migration role: for what changes or checks the schema.
pub(crate) async fn direct() -> Result<Client> {
    connect(&direct_database()?).await
}

/// Where [`direct`] leads.
pub(crate) fn direct_database() -> Result<Database> {
    read(|source| source.database(&["DATABASE_DIRECT_URL"]))
}

/// As the functions connect, where that is set.
pub(crate) async fn pooled() -> Result<Client> {
    connect(&read(|source| source.database(&["DATABASE_URL", "DATABASE_DIRECT_URL"]))?).await
}

async fn connect(database: &Database) -> Result<Client> {
    db::direct(&database.url, database.ca_file.as_deref())
        .await
        .map_err(anyhow::Error::msg)
        .context("no connection to the database: is it up (make up), and is its URL right?")
}

/// The secrets with which `provider` signs.
pub(crate) fn webhook_secrets(provider: Provider) -> Result<Ring> {
    let name = match provider {
        Provider::Stripe => "STRIPE_WEBHOOK_SECRET",
        Provider::Razorpay => "RAZORPAY_WEBHOOK_SECRET",
    };
    read(|source| {
        source.required_secret(name)?;
        Some(source.ring(name))
    })
}

/// Where the function `name` is: under `FUNCTION_URL_BASE`.
pub(crate) fn function(name: &str) -> Result<String> {
    let base = read(|source| source.required("FUNCTION_URL_BASE"))?;
    Ok(format!("{}/{name}", base.trim_end_matches('/')))
}

/// Where receipts are shown: `RECEIPT_URL_BASE`, or the function's own URL.
pub(crate) fn receipts() -> Result<String> {
    match read(|source| Some(source.optional("RECEIPT_URL_BASE")))? {
        Some(base) => Ok(base.trim_end_matches('/').to_owned()),
        None => function("receipt"),
    }
}

/// What signs the tokens that open a status or a receipt.
pub(crate) fn tokens() -> Result<Ring> {
    read(|source| {
        source.required_secret("CHECKOUT_TOKEN_SECRET")?;
        Some(source.tokens())
    })
}

/// Whose marks are ours: `APP_ID/STAGE`.
pub(crate) fn stack() -> Result<String> {
    let stack = read(|source| Some(source.stack()))?;
    Ok(format!("{}/{}", stack.app_id, stack.stage))
}

/// Refuses a database that is not marked local: `what` is for the laptop.
pub(crate) async fn require_local(client: &Client, what: &str) -> Result<()> {
    match operator::identity(client).await.context("whose database is this?")? {
        Some(owner) if owner.local => Ok(()),
        Some(owner) => {
            bail!(
                "{what} is for the laptop: this database is {}/{} and not marked local",
                owner.app_id,
                owner.stage
            )
        }
        None => bail!("this database is not migrated: run  payonce migrate --local  first"),
    }
}

/// What a refusal of the database most often means.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&'static str> {
    let refusal = error.chain().find_map(|cause| cause.downcast_ref::<DbError>())?;
    match refusal.code().code() {
        "42P01" | "3F000" | "42883" | "42704" => {
            Some("is the database migrated to this build? payonce migrate")
        }
        "42501" => {
            Some("the login may not do this: is the URL the one for it? payonce verify checks the grants")
        }
        _ => None,
    }
}
