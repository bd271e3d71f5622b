//! AWS Secrets Manager, by its SDK, over the connections that all calls of ours go out by.
mod line;

use std::time::{Duration, SystemTime};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{Builder, Credentials, Region};
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;

use super::Stage;
use super::held::Version;
use crate::config::Aws;

/// One try; two of them, with the pause between, fit into what a request may wait.
const TRY_WITHIN: Duration = Duration::from_millis(1_000);
const TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(50);

/// The stages in the order in which a ring tries its secrets, and what AWS calls them.
const STAGES: [(Stage, &str); 3] =
    [(Stage::Current, "AWSCURRENT"), (Stage::Previous, "AWSPREVIOUS"), (Stage::Pending, "AWSPENDING")];

/// A line to Secrets Manager.
#[derive(Clone)]
pub struct Manager {
    client: Client,
}

impl Manager {
    /// Connects to nobody yet. The only error: a TLS set-up that is no good.
    pub fn new(aws: &Aws) -> Result<Self, String> {
        let credentials =
            Credentials::new(&aws.key_id, &aws.secret_key, aws.session_token.clone(), None, "environment");
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(TRY_WITHIN).build();
        let retries = RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(PAUSE);
        let mut config = Builder::new()
            .behavior_version_latest()
            .region(Region::new(aws.region.clone()))
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .retry_config(retries)
            .http_client(line::client()?);
        config.set_endpoint_url(aws.secrets_endpoint.clone());
        Ok(Self { client: Client::from_conf(config.build()) })
    }

    /// The SDK's client, for what only a rotation does.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Every version of the secret `id` (name or ARN) that has a stage: none when it has no value yet.
    pub async fn versions(&self, id: &str) -> Result<Vec<Version>, String> {
        let [current, previous, pending] =
            STAGES.map(|(stage, label)| async move { self.version(id, stage, label).await });
        let (current, previous, pending) = tokio::try_join!(current, previous, pending)?;
        Ok([current, previous, pending].into_iter().flatten().collect())
    }

    /// The current version alone, for what is never verified with.
    pub async fn current(&self, id: &str) -> Result<Vec<Version>, String> {
        let [(stage, label), ..] = STAGES;
        Ok(self.version(id, stage, label).await?.into_iter().collect())
    }

    async fn version(&self, id: &str, stage: Stage, label: &str) -> Result<Option<Version>, String> {
        let asked = self.client.get_secret_value().secret_id(id).version_stage(label).send().await;
        let answer = match asked.map_err(|error| (has_no_value(error.as_service_error()), error)) {
            Ok(answer) => answer,
            Err((true, _)) => return Ok(None),
            Err((false, error)) => return Err(format!("secret {id}: {}", DisplayErrorContext(error))),
        };
        let Some(text) = answer.secret_string else { return Ok(None) };
        let created = answer.created_date.and_then(|at| SystemTime::try_from(at).ok());
        Ok(Some(Version {
            stage,
            id: answer.version_id.unwrap_or_default(),
            text,
            created: created.unwrap_or(SystemTime::UNIX_EPOCH),
        }))
    }
}

/// No version has this stage, or the secret was made and nothing was put into it. A secret that does not exist at all says
/// the same: then nothing can be verified, and that is said louder than here.
fn has_no_value(error: Option<&GetSecretValueError>) -> bool {
    error.is_some_and(GetSecretValueError::is_resource_not_found_exception)
}
