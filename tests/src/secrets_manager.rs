//! AWS Secrets Manager: moto on this machine, shared by all tests, and what the real one does around a rotation.
use std::path::Path;
use std::process::Command;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::types::Tag;
use payonce::config::{self, Aws};
use payonce::secret::manager::Manager;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::environment;
use crate::servers::free_port;

/// The function that moto's RotateSecret invokes and that does nothing.
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";

/// A line to it. Secrets are named by the tests, each with a name of its own.
#[derive(Clone)]
pub struct SecretsManager {
    /// Where it is: for `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub base: String,
    client: Client,
}

impl SecretsManager {
    /// Starts it when no test has done so yet.
    pub async fn shared() -> Self {
        static PORT: OnceCell<u16> = OnceCell::const_new();
        let port =
            PORT.get_or_init(async || tokio::task::spawn_blocking(start).await.expect("it starts")).await;
        let base = format!("http://127.0.0.1:{port}");
        let settings = Self::settings_at(&base);
        let value = |name: &str| settings.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let aws = config::from(&value, Aws::read).expect("settings");
        let client = Manager::new(&aws).expect("a client").client().clone();
        Self { base, client }
    }

    /// What a function reads to find it there.
    pub fn settings_at(base: &str) -> Vec<(String, String)> {
        let own = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", base),
        ];
        own.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Makes a secret of a name that no other has, and gives it. Without a value it is empty; `rotates` is its tag.
    pub async fn keep(&self, name: &str, value: Option<&str>, rotates: Option<&str>) -> String {
        let id = format!("{name}-{}", Uuid::now_v7().simple());
        let tag = rotates.map(|kind| vec![Tag::builder().key("payonce:rotates").value(kind).build()]);
        let make = self.client.create_secret().name(&id).set_tags(tag);
        let made = make.set_secret_string(value.map(str::to_owned)).send().await;
        // A slow server may have made it at the client's first try, of which the second one then hears.
        let is_there = |error: &CreateSecretError| error.is_resource_exists_exception();
        assert!(
            made.as_ref().map_or_else(|error| error.as_service_error().is_some_and(is_there), |_| true),
            "{made:?}"
        );
        id
    }

    /// Somebody puts another value in.
    pub async fn put(&self, id: &str, value: &str) {
        self.client.put_secret_value().secret_id(id).secret_string(value).send().await.expect("a value");
    }

    /// The value of the version that has this label (`AWSCURRENT`), if there is one.
    pub async fn value(&self, id: &str, stage: &str) -> Option<String> {
        let asked = self.client.get_secret_value().secret_id(id).version_stage(stage).send().await;
        asked.ok().and_then(|found| found.secret_string)
    }

    /// RotateSecret: makes an empty version, AWSPENDING, and gives its id. Whoever was pending is not any more.
    pub async fn begins_rotation(&self, id: &str) -> String {
        let token = Uuid::now_v7().to_string();
        let rotate = self.client.rotate_secret().secret_id(id).client_request_token(&token);
        rotate.rotation_lambda_arn(FUNCTION).send().await.expect("a rotation begins");
        token
    }

    /// A rotation by the calendar is set up (RotateImmediatelyOnUpdate is false): makes the version with which testSecret is
    /// tried out, and gives its id.
    pub async fn sets_rotation_up(&self, id: &str) -> String {
        let token = Uuid::now_v7().to_string();
        let rotate = self.client.rotate_secret().secret_id(id).client_request_token(&token);
        let set_up = rotate.rotation_lambda_arn(FUNCTION).rotate_immediately(false).send().await;
        set_up.expect("a rotation is set up");
        token
    }

    /// After finishSecret: the new version has to be current, and is not pending any more.
    pub async fn ends_rotation(&self, id: &str, token: &str) {
        let found = self.client.describe_secret().secret_id(id).send().await.expect("the secret");
        let stages =
            found.version_ids_to_stages().and_then(|all| all.get(token)).cloned().unwrap_or_default();
        assert!(stages.iter().any(|stage| stage == "AWSCURRENT"), "{id}: {stages:?}");
        if stages.iter().any(|stage| stage == "AWSPENDING") {
            let update = self.client.update_secret_version_stage().secret_id(id).version_stage("AWSPENDING");
            update.remove_from_version_id(token).send().await.expect("the label is taken off");
        }
    }

    /// The SDK's client.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

fn start() -> u16 {
    let script = Path::new(&environment("PAYONCE_TEST_SCRIPTS")).join("moto.sh");
    let port = free_port();
    let done = Command::new(script)
        .args(["start", &environment("PAYONCE_TEST_MOTO"), &port.to_string()])
        .output()
        .expect("the script runs");
    assert!(done.status.success(), "moto.sh: {}", String::from_utf8_lossy(&done.stderr));
    port
}
