//! A secret gets a new value, in the four steps of Secrets Manager: make it, put it into force where it is used, test it,
//! promote it.
//!
//! Every step may be run twice and killed anywhere. Verifiers take the new value as soon as it is pending, and before
//! anybody signs with it every one of them has had the time to look: so a rotation refuses nobody. One that hangs is given up.
mod generated;
mod kept;
mod retire;
mod stripe_endpoint;

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

pub use generated::made_up;
pub use kept::{Kept, Kind, Standing};
pub use retire::retire;

use crate::config::{self, StripeKey};
use crate::failure::Failure;
use crate::outgoing::Fault;
use crate::secret::endpoint::EndpointSecret;
use crate::secret::manager::Manager;
use crate::stripe;
use crate::wiring::LOOK_AGAIN_AFTER;

/// Between a secret's first being there and its first use: every verifier may look again by then, and what it is answered
/// is on its way for a moment.
const SETTLES_AFTER: Duration = LOOK_AGAIN_AFTER.saturating_add(Duration::from_millis(500));

/// A new value that is older is not promoted: the one that it replaces is accepted for the overlap from the making of the new
/// one, and would soon be refused. Far more than the steps take, far less than the overlap.
const PROMOTED_WITHIN: Duration = Duration::from_secs(60 * 60);

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
    /// Nothing: there is no new value to be tested. So Secrets Manager tries out that the function can be run.
    Untested,
}

/// Whoever rotates: Secrets Manager, and Stripe where there is a key.
pub struct Rotation {
    manager: Manager,
    stripe: Result<Option<StripeKey>, String>,
    stripe_url: Option<String>,
    stack: String,
}

impl Rotation {
    /// Connects to nobody yet. The only error: a TLS set-up that is no good.
    pub fn new(config: config::Rotation) -> Result<Self, String> {
        let config::Rotation { stack, aws, stripe, stripe_url } = config;
        Ok(Self { manager: Manager::new(&aws)?, stripe, stripe_url, stack })
    }

    /// One step, asked for by Secrets Manager. A token that is not of this secret, or whose rotation was given up, is
    /// refused; one that is current already has nothing left to be done; one that waits for too long is given up.
    pub async fn step(&self, request: &Request, now: SystemTime, until: Instant) -> Result<Done, Failure> {
        let secret = self.kept(&request.secret).await?;
        let token = &request.token;
        match secret.standing(token) {
            Standing::Current => {
                conclude(&secret).await?;
                return Ok(Done::Already);
            }
            Standing::Pending => {}
            Standing::Retired => {
                return Err(house("rotation_not_pending", format!("version {token} is not AWSPENDING")));
            }
            Standing::Unknown => {
                return Err(house("rotation_token_unknown", format!("{token} is no version of this secret")));
            }
        }
        secret.kind()?;
        if request.step == Step::Test && !has_news(&secret, token).await? {
            return Ok(Done::Untested);
        }
        if self.hangs(&secret, token, now).await? {
            self.give_up(&secret, token, until).await?;
            let detail = format!(
                "version {token} waited for too long and is given up: the next rotation begins afresh"
            );
            return Err(house("rotation_too_old", detail));
        }
        self.run(&secret, request, until).await
    }

    /// All four steps, one after the other, not asked for by Secrets Manager. A rotation that is under way goes on; one that
    /// waits for too long is given up for another; one that was interrupted after its promotion is done. Gives the version
    /// that is current now.
    pub async fn run_all(
        &self,
        id: &str,
        now: SystemTime,
        until: Instant,
    ) -> Result<(Done, String), Failure> {
        let kept = self.kept(id).await?;
        if let Some(version) = kept.promoted() {
            conclude(&kept).await?;
            return Ok((Done::Already, version.to_owned()));
        }
        let mut token = kept.pending().map(str::to_owned);
        if let Some(version) = &token
            && self.hangs(&kept, version, now).await?
        {
            self.give_up(&kept, version, until).await?;
            token = None;
        }
        let token = token.unwrap_or_else(|| Uuid::now_v7().to_string());
        for step in [Step::Create, Step::Set, Step::Test, Step::Finish] {
            let request = Request { step, secret: id.to_owned(), token: token.clone(), rotation_token: None };
            let kept = self.kept(id).await?;
            if kept.standing(&token) != Standing::Current {
                self.run(&kept, &request, until).await?;
            }
        }
        Ok((Done::Worked, token))
    }

    async fn run(&self, secret: &Kept, request: &Request, until: Instant) -> Result<Done, Failure> {
        let token = request.token.as_str();
        match (request.step, secret.kind()?) {
            (Step::Create, Kind::Generated) => generated::create(secret, request).await,
            (Step::Set, Kind::Generated) => generated::set().await,
            (Step::Test, Kind::Generated) => generated::test(secret, token).await,
            (Step::Create, Kind::StripeEndpoint) => self.exchange(secret)?.create(request, until).await,
            (Step::Set, Kind::StripeEndpoint) => self.exchange(secret)?.set(token, until).await,
            (Step::Test, Kind::StripeEndpoint) => self.exchange(secret)?.test(token, until).await,
            (Step::Finish, _) => {
                finish(secret, token).await?;
                conclude(&self.kept(&request.secret).await?).await?;
                Ok(Done::Worked)
            }
        }
    }

    /// Is the new value there for so long that the one before it would die with its promotion, or soon after?
    async fn hangs(&self, secret: &Kept, token: &str, now: SystemTime) -> Result<bool, Failure> {
        let stored = secret.stored(token).await.map_err(unavailable)?;
        let age = stored.map(|stored| now.duration_since(stored.created).unwrap_or_default());
        Ok(age.is_some_and(|age| age > PROMOTED_WITHIN))
    }

    /// Promotes it never. Secrets Manager begins no other rotation while a version is pending; and an endpoint goes before
    /// its secret is refused.
    async fn give_up(&self, secret: &Kept, token: &str, until: Instant) -> Result<(), Failure> {
        if secret.kind()? == Kind::StripeEndpoint {
            self.exchange(secret)?.take_back(token, until).await?;
        }
        secret.forget_pending().await.map_err(unavailable)
    }

    /// The secret `id` as Secrets Manager has it.
    pub async fn kept(&self, id: &str) -> Result<Kept, Failure> {
        Kept::find(&self.manager, id).await.map_err(unavailable)
    }

    /// Switches off, at once, the endpoint whose place that of the current secret took; gives its id where it was on.
    pub async fn disable_replaced(&self, secret: &Kept, until: Instant) -> Result<Option<String>, Failure> {
        let current = secret.current().await.map_err(unavailable)?;
        let Some(old) = EndpointSecret::read(&current.unwrap_or_default()).replaces else { return Ok(None) };
        let was_on = retire::switch_off(&self.stripe()?, &old, until).await?;
        Ok(was_on.then_some(old))
    }

    fn exchange<'a>(&'a self, secret: &'a Kept) -> Result<stripe_endpoint::Exchange<'a>, Failure> {
        let (stripe, url) = (self.stripe()?, self.stripe_url.as_deref());
        Ok(stripe_endpoint::Exchange { stripe, secret, stack: &self.stack, url })
    }

    /// A line to Stripe, for whom needs one: a key that is no good is in nobody else's way.
    fn stripe(&self) -> Result<stripe::Client, Failure> {
        let key = self.stripe.as_ref().map_err(|why| house("secret_unusable", why.clone()))?;
        let Some((key, secret)) = key.as_ref().and_then(|key| Some((key, key.secret.current()?))) else {
            return Err(house("secret_missing", "STRIPE_SECRET_KEY is missing".into()));
        };
        let client = stripe::Client::new(&key.base, &String::from_utf8_lossy(secret.expose()));
        client.map_err(|why| house("secret_unusable", format!("STRIPE_SECRET_KEY: {why}")))
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

/// Secrets Manager did not do it.
fn unavailable(why: String) -> Failure {
    house("secrets_unavailable", why)
}

/// The new value, which this step is about.
async fn pending(secret: &Kept, token: &str) -> Result<String, Failure> {
    let value = secret.version(token).await.map_err(unavailable)?;
    value.ok_or_else(|| house("rotation_without_value", format!("version {token} has no value yet")))
}

/// Is there a value under `token`, and another than the one in force?
async fn has_news(secret: &Kept, token: &str) -> Result<bool, Failure> {
    let new = secret.version(token).await.map_err(unavailable)?;
    Ok(new.is_some() && new != secret.current().await.map_err(unavailable)?)
}

async fn finish(secret: &Kept, token: &str) -> Result<(), Failure> {
    pending(secret, token).await?;
    if !has_news(secret, token).await? {
        return Err(house("rotation_not_new", format!("version {token} is what is in force")));
    }
    secret.promote(token).await.map_err(unavailable)
}

/// What is in force is not called pending any more: so the label tells a rotation that was interrupted here.
async fn conclude(secret: &Kept) -> Result<(), Failure> {
    match secret.promoted() {
        Some(_) => secret.forget_pending().await.map_err(unavailable),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
