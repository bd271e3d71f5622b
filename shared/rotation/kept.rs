//! One secret in Secrets Manager: its versions, and the labels that say which is in force.
use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;

use super::house;
use crate::failure::Failure;
use crate::secret::manager::Manager;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";
pub(super) const PENDING: &str = "AWSPENDING";

/// How a secret comes by its next value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// We make it up.
    Generated,
    /// Stripe does, for a new endpoint.
    StripeEndpoint,
}

/// Where a version stands in a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in force.
    Current,
    /// It is to be.
    Pending,
    /// It is there, and its time is over.
    Retired,
    /// It is not there.
    Unknown,
}

/// What a version holds. It has no `Debug`.
pub struct Stored {
    /// The value, never blank.
    pub value: String,
    /// When it was put there.
    pub created: SystemTime,
}

/// A secret: what is known about it, and no value.
pub struct Kept {
    client: Client,
    id: String,
    /// Its name.
    pub name: String,
    /// How it is rotated here; none where its tag does not say.
    pub kind: Option<Kind>,
    /// Does Secrets Manager rotate it by itself?
    pub rotates: bool,
    /// When it was rotated last, where it ever was.
    pub rotated_at: Option<SystemTime>,
    stages: BTreeMap<String, Vec<String>>,
}

impl Kind {
    /// The tag that says it.
    pub const TAG: &str = "payonce:rotates";

    fn named(text: &str) -> Option<Self> {
        match text {
            "generated" => Some(Self::Generated),
            "stripe-endpoint" => Some(Self::StripeEndpoint),
            _ => None,
        }
    }
}

impl Kept {
    /// The secret `id` (name or ARN). The error quotes no value.
    pub async fn find(manager: &Manager, id: &str) -> Result<Self, String> {
        Self::described(manager.client().clone(), id).await
    }

    async fn described(client: Client, id: &str) -> Result<Self, String> {
        let found: DescribeSecretOutput =
            client.describe_secret().secret_id(id).send().await.map_err(of(id))?;
        let tag = found.tags().iter().find(|tag| tag.key() == Some(Kind::TAG));
        Ok(Self {
            id: id.to_owned(),
            name: found.name().unwrap_or(id).to_owned(),
            kind: tag.and_then(|tag| Kind::named(tag.value()?)),
            rotates: found.rotation_enabled().unwrap_or(false),
            rotated_at: found.last_rotated_date().and_then(|at| SystemTime::try_from(*at).ok()),
            stages: found.version_ids_to_stages.unwrap_or_default().into_iter().collect(),
            client,
        })
    }

    /// How it is rotated here; a refusal where its tag does not say.
    pub(super) fn kind(&self) -> Result<Kind, Failure> {
        self.kind.ok_or_else(|| {
            let detail = format!("{} has no tag {} of a kind that is rotated here", self.name, Kind::TAG);
            house("rotation_not_wanted", detail)
        })
    }

    /// Where the version `token` stands.
    pub fn standing(&self, token: &str) -> Standing {
        let is = |stages: &[String], stage: &str| stages.iter().any(|one| one == stage);
        match self.stages.get(token) {
            None => Standing::Unknown,
            Some(stages) if is(stages, CURRENT) => Standing::Current,
            Some(stages) if is(stages, PENDING) => Standing::Pending,
            Some(_) => Standing::Retired,
        }
    }

    /// The version that has this label.
    pub(super) fn labelled(&self, stage: &str) -> Option<&str> {
        let has = |stages: &Vec<String>| stages.iter().any(|one| one == stage);
        self.stages.iter().find(|(_, stages)| has(stages)).map(|(version, _)| version.as_str())
    }

    /// The version that waits for its promotion, if there is one.
    pub fn pending(&self) -> Option<&str> {
        self.labelled(PENDING).filter(|version| self.standing(version) == Standing::Pending)
    }

    /// The version that is in force and still called pending: its rotation was interrupted at its very end.
    pub fn promoted(&self) -> Option<&str> {
        self.labelled(PENDING).filter(|version| self.standing(version) == Standing::Current)
    }

    /// What the version `token` holds; none while it is empty.
    pub async fn version(&self, token: &str) -> Result<Option<String>, String> {
        Ok(self.stored(token).await?.map(|stored| stored.value))
    }

    /// The same, and since when.
    pub async fn stored(&self, token: &str) -> Result<Option<Stored>, String> {
        let asked = self.client.get_secret_value().secret_id(&self.id).version_id(token).send().await;
        let answer = match asked.map_err(|error| (is_empty(error.as_service_error()), error)) {
            Ok(answer) => answer,
            Err((true, _)) => return Ok(None),
            Err((false, error)) => return Err(of(&self.id)(error)),
        };
        let created = answer.created_date.and_then(|at| SystemTime::try_from(at).ok());
        let created = created.unwrap_or(SystemTime::UNIX_EPOCH);
        let value = answer.secret_string.filter(|value| !value.trim().is_empty());
        Ok(value.map(|value| Stored { value, created }))
    }

    /// What is in force; none where nothing is.
    pub async fn current(&self) -> Result<Option<String>, String> {
        Ok(self.in_force().await?.map(|stored| stored.value))
    }

    /// The same, and since when.
    pub async fn in_force(&self) -> Result<Option<Stored>, String> {
        match self.labelled(CURRENT) {
            Some(version) => self.stored(version).await,
            None => Ok(None),
        }
    }

    /// Stores the new value as pending. Twice the same is once; another value under the same token is an error.
    pub async fn put_pending(
        &self,
        token: &str,
        rotation_token: Option<&str>,
        value: String,
    ) -> Result<(), String> {
        let put = self.client.put_secret_value().secret_id(&self.id).client_request_token(token);
        let put = put.set_rotation_token(rotation_token.map(str::to_owned));
        put.secret_string(value).version_stages(PENDING).send().await.map(drop).map_err(of(&self.id))
    }

    /// Puts another value into force at once; what was becomes the previous one.
    pub async fn put_current(&self, value: String) -> Result<(), String> {
        let put = self.client.put_secret_value().secret_id(&self.id).secret_string(value);
        put.send().await.map(drop).map_err(of(&self.id))
    }

    /// Has Secrets Manager run the rotation.
    pub async fn ask_to_rotate(&self) -> Result<(), String> {
        self.client.rotate_secret().secret_id(&self.id).send().await.map(drop).map_err(of(&self.id))
    }

    /// Puts `token` into force; what was becomes the previous one.
    pub async fn promote(&self, token: &str) -> Result<(), String> {
        let stage = self.client.update_secret_version_stage().secret_id(&self.id).version_stage(CURRENT);
        let from = self.labelled(CURRENT).map(str::to_owned);
        let asked = stage.set_remove_from_version_id(from).move_to_version_id(token).send().await;
        let Err(error) = asked else { return Ok(()) };
        // It may be done all the same: by a try whose answer was lost, or by somebody else.
        match Self::described(self.client.clone(), &self.id).await {
            Ok(now) if now.standing(token) == Standing::Current => Ok(()),
            _ => Err(of(&self.id)(error)),
        }
    }

    /// Takes the label of the pending one off whichever version has it.
    pub async fn forget_pending(&self) -> Result<(), String> {
        self.unlabel(PENDING).await
    }

    /// Takes the label of the previous one off: from then on nobody accepts it.
    pub async fn forget_previous(&self) -> Result<(), String> {
        self.unlabel(PREVIOUS).await
    }

    async fn unlabel(&self, stage: &str) -> Result<(), String> {
        let Some(version) = self.labelled(stage) else { return Ok(()) };
        let update = self.client.update_secret_version_stage().secret_id(&self.id).version_stage(stage);
        update.remove_from_version_id(version).send().await.map(drop).map_err(of(&self.id))
    }
}

/// The version is there without a value, as Secrets Manager makes it before a rotation.
fn is_empty(error: Option<&GetSecretValueError>) -> bool {
    error.is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

/// The SDK's errors quote requests' ids and no values.
fn of<E: std::error::Error>(id: &str) -> impl Fn(E) -> String {
    move |error| format!("secret {id}: {}", DisplayErrorContext(error))
}
