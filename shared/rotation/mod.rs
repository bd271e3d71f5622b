//! A secret gets a new value, in the four steps of Secrets Manager: make it, put it into force where it is used, test it,
//! promote it.
//!
//! Every step may be run twice and killed anywhere. Verifiers take the new value as soon as it is pending, and before
//! anybody signs with it every one of them has had the time to look: so a rotation refuses nobody.
mod generated;
mod kept;
mod retire;
mod stripe_endpoint;

use std::str::FromStr;

use serde_json::Value;
use tokio::time::Instant;

pub use generated::made_up;
pub use kept::{Kept, Kind, Standing};
pub use retire::retire;

use crate::config;
use crate::failure::Failure;
use crate::outgoing::Fault;
use crate::secret::endpoint::EndpointSecret;
use crate::secret::manager::Manager;
use crate::stripe;
use crate::wiring::LOOK_AGAIN_AFTER;

/// Between a secret's first being there and its first use: every verifier may look again by then, and what it is answered
/// is on its way for a moment.
const SETTLES_AFTER: std::time::Duration =
    LOOK_AGAIN_AFTER.saturating_add(std::time::Duration::from_millis(500));

/// A step, as Secrets Manager names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `createSecret`
    Create,
    /// `setSecret`
    Set,
    /// `testSecret`
    Test,
    /// `finishSecret`
    Finish,
}

/// What Secrets Manager invokes a rotation function with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which of the four.
    pub step: Step,
    /// Of which secret: its ARN.
    pub secret: String,
    /// The id of the new version.
    pub token: String,
    /// Says to Secrets Manager that it was asked by it, where it wants to hear that.
    pub rotation_token: Option<String>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Its work.
    Worked,
    /// Nothing: it had been done before.
    Already,
}

/// Whoever rotates: Secrets Manager, and Stripe where there is a key.
pub struct Rotation {
    manager: Manager,
    stripe: Option<stripe::Client>,
    stripe_url: Option<String>,
    stack: String,
}

impl Rotation {
    /// Connects to nobody yet. The only error: a key that is not one line of text.
    pub fn new(config: config::Rotation) -> Result<Self, String> {
        let config::Rotation { stack, aws, stripe, stripe_url } = config;
        let key = stripe.as_ref().and_then(|stripe| Some((&stripe.base, stripe.secret.current()?)));
        let client = key.map(|(base, key)| stripe::Client::new(base, &String::from_utf8_lossy(key.expose())));
        let stripe = client.transpose().map_err(|why| format!("STRIPE_SECRET_KEY: {why}"))?;
        Ok(Self { manager: Manager::new(&aws)?, stripe, stripe_url, stack })
    }

    /// One step, asked for by Secrets Manager. A token that is not of this secret, or whose rotation was given up, is
    /// refused; one that is current already has nothing left to be done.
    pub async fn step(&self, request: &Request, until: Instant) -> Result<Done, Failure> {
        let secret = self.kept(&request.secret).await?;
        let token = &request.token;
        match secret.standing(token) {
            Standing::Current => return Ok(Done::Already),
            Standing::Pending => {}
            Standing::Retired => {
                return Err(house("rotation_not_pending", format!("version {token} is not AWSPENDING")));
            }
            Standing::Unknown => {
                return Err(house("rotation_token_unknown", format!("{token} is no version of this secret")));
            }
        }
        self.run(&secret, request, until).await
    }

    /// All four steps, one after the other, not asked for by Secrets Manager: `token` becomes the id of the new version.
    pub async fn run_all(&self, secret: &str, token: &str, until: Instant) -> Result<(), Failure> {
        for step in [Step::Create, Step::Set, Step::Test, Step::Finish] {
            let request =
                Request { step, secret: secret.to_owned(), token: token.to_owned(), rotation_token: None };
            let kept = self.kept(secret).await?;
            if kept.standing(token) != Standing::Current {
                self.run(&kept, &request, until).await?;
            }
        }
        let finished = self.kept(secret).await?;
        finished.forget_pending().await.map_err(|why| house("secrets_unavailable", why))
    }

    async fn run(&self, secret: &Kept, request: &Request, until: Instant) -> Result<Done, Failure> {
        let kind = secret.kind.ok_or_else(|| {
            let detail = format!("{} has no tag {} of a kind that is rotated here", secret.name, Kind::TAG);
            house("rotation_not_wanted", detail)
        })?;
        let token = request.token.as_str();
        match (request.step, kind) {
            (Step::Create, Kind::Generated) => generated::create(secret, request).await,
            (Step::Set, Kind::Generated) => generated::set().await,
            (Step::Test, Kind::Generated) => generated::test(secret, token).await,
            (Step::Create, Kind::StripeEndpoint) => self.exchange(secret)?.create(request, until).await,
            (Step::Set, Kind::StripeEndpoint) => self.exchange(secret)?.set(token, until).await,
            (Step::Test, Kind::StripeEndpoint) => self.exchange(secret)?.test(token, until).await,
            (Step::Finish, _) => {
                secret.promote(token).await.map_err(|why| house("secrets_unavailable", why))?;
                Ok(Done::Worked)
            }
        }
    }

    /// The secret `id` as Secrets Manager has it.
    pub async fn kept(&self, id: &str) -> Result<Kept, Failure> {
        Kept::find(&self.manager, id).await.map_err(|why| house("secrets_unavailable", why))
    }

    /// Switches off, at once, the endpoint whose place that of the current secret took; gives its id.
    pub async fn disable_replaced(&self, secret: &Kept, until: Instant) -> Result<Option<String>, Failure> {
        let current = secret.current().await.map_err(|why| house("secrets_unavailable", why))?;
        let Some(old) = EndpointSecret::read(&current.unwrap_or_default()).replaces else { return Ok(None) };
        let stripe = self.exchange(secret)?.stripe;
        stripe.disable_endpoint(until, &old).await.map_err(stripe_failed)?;
        Ok(Some(old))
    }

    fn exchange<'a>(&'a self, secret: &'a Kept) -> Result<stripe_endpoint::Exchange<'a>, Failure> {
        let stripe = self.stripe.as_ref();
        let stripe = stripe.ok_or_else(|| house("secret_missing", "STRIPE_SECRET_KEY is missing".into()))?;
        Ok(stripe_endpoint::Exchange { stripe, secret, stack: &self.stack, url: self.stripe_url.as_deref() })
    }
}

impl Request {
    /// Reads `{"Step", "SecretId", "ClientRequestToken"[, "RotationToken"]}`; the error names what is missing.
    pub fn read(event: &Value) -> Result<Self, String> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let required = |name| text(name).ok_or_else(|| format!("the event has no {name}"));
        Ok(Self {
            step: required("Step")?.parse()?,
            secret: required("SecretId")?.to_owned(),
            token: required("ClientRequestToken")?.to_owned(),
            rotation_token: text("RotationToken").map(str::to_owned),
        })
    }
}

impl Step {
    /// `createSecret`
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "createSecret",
            Self::Set => "setSecret",
            Self::Test => "testSecret",
            Self::Finish => "finishSecret",
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = [Self::Create, Self::Set, Self::Test, Self::Finish];
        steps.into_iter().find(|step| step.name() == text).ok_or_else(|| format!("{text} is no step"))
    }
}

fn house(code: &'static str, detail: String) -> Failure {
    Failure::House { code, detail }
}

/// Stripe did not do it.
fn stripe_failed(fault: Fault) -> Failure {
    let code = if fault.is_about_the_request() { "provider_refused" } else { "provider_unavailable" };
    house(code, fault.to_string())
}

/// The new value, which this step is about.
async fn pending(secret: &Kept, token: &str) -> Result<String, Failure> {
    let value = secret.version(token).await.map_err(|why| house("secrets_unavailable", why))?;
    value.ok_or_else(|| house("rotation_without_value", format!("version {token} has no value yet")))
}

#[cfg(test)]
mod tests;
