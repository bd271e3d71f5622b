//! Secrets that change while the house is open: moto for Secrets Manager, a fake Stripe that makes endpoints.
mod campaign;
mod desk;
mod hanging;
mod held;
mod keys;
mod steps;

use std::time::{Duration, SystemTime};

use payonce::config;
use payonce::failure::Failure;
use payonce::rotation::{Done, Request, Rotation, Step};
use payonce_tests::SecretsManager;
use payonce_tests::providers::FakeStripe;
use tokio::time::Instant;

/// Where Stripe delivers.
const URL: &str = "https://pay.example/stripe";
/// What it delivers there.
const EVENTS: [&str; 3] = ["checkout.session.completed", "payment_intent.succeeded", "charge.refunded"];
const STEPS: [Step; 4] = [Step::Create, Step::Set, Step::Test, Step::Finish];

/// A secret, and who rotates it.
struct Bench {
    secrets: SecretsManager,
    stripe: FakeStripe,
    rotation: Rotation,
    id: String,
}

impl Bench {
    /// With a secret of this value and this tag.
    async fn with(value: Option<&str>, rotates: Option<&str>) -> Self {
        Self::reading(value, rotates, &[]).await
    }

    /// The same, with further settings.
    async fn reading(value: Option<&str>, rotates: Option<&str>, changes: &[(&str, &str)]) -> Self {
        let secrets = SecretsManager::shared().await;
        let stripe = FakeStripe::start().await;
        let id = secrets.keep("bench", value, rotates).await;
        let rotation = Rotation::new(settings(&secrets, &stripe, changes)).unwrap();
        Self { secrets, stripe, rotation, id }
    }

    /// With the secret of an endpoint that was made at Stripe's desk, whose id is kept with it.
    async fn of_an_endpoint() -> (Self, String) {
        let bench = Self::with(None, Some("stripe-endpoint")).await;
        let (endpoint, secret) = bench.stripe.endpoint_at_the_desk(URL, &EVENTS);
        bench.secrets.put(&bench.id, &document(&secret, &endpoint)).await;
        (bench, endpoint)
    }

    async fn step(&self, step: Step, token: &str) -> Result<Done, Failure> {
        self.step_after(Duration::ZERO, step, token).await
    }

    /// The same, so much later.
    async fn step_after(&self, wait: Duration, step: Step, token: &str) -> Result<Done, Failure> {
        let request =
            Request { step, secret: self.id.clone(), token: token.to_owned(), rotation_token: None };
        self.rotation.step(&request, SystemTime::now() + wait, until()).await
    }

    /// A whole rotation, as Secrets Manager runs it.
    async fn rotate(&self) {
        let token = self.secrets.begins_rotation(&self.id).await;
        for step in STEPS {
            self.step(step, &token).await.unwrap();
        }
        self.secrets.ends_rotation(&self.id, &token).await;
    }

    async fn value(&self, stage: &str) -> Option<String> {
        self.secrets.value(&self.id, stage).await
    }

    /// The code with which a step is refused.
    async fn refuses(&self, step: Step, token: &str) -> String {
        self.step(step, token).await.expect_err("it is refused").code().to_owned()
    }
}

fn until() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn settings(secrets: &SecretsManager, stripe: &FakeStripe, changes: &[(&str, &str)]) -> config::Rotation {
    let mut all = SecretsManager::settings_at(&secrets.base);
    all.extend([
        ("STRIPE_SECRET_KEY".to_owned(), FakeStripe::KEY.to_owned()),
        ("STRIPE_API_BASE".to_owned(), stripe.base()),
    ]);
    all.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let value = |name: &str| all.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    config::from(&value, config::Rotation::read).expect("settings of a rotation")
}

/// What is kept of an endpoint's secret.
fn document(secret: &str, endpoint: &str) -> String {
    serde_json::json!({ "secret": secret, "endpoint": endpoint }).to_string()
}

/// A text of a JSON document.
fn field(document: &str, name: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(document).expect("a document");
    document[name].as_str().unwrap_or_default().to_owned()
}
