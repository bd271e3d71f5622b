//! rotate-secret, invoked by Secrets Manager once a step: a secret gets a new value, and nothing that was signed with the
//! old one is refused meanwhile.
use std::time::SystemTime;

use lambda_runtime::{Error, LambdaEvent};
use payonce::rotation::{Done, Request, Rotation};
use payonce::{config, lambda, wiring};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The parts, of the secrets as they are now: a key of Stripe's may have been changed since the last rotation.
pub async fn wired() -> Result<Rotation, Error> {
    let held = wiring::held().await?;
    Ok(Rotation::new(config::from_env_and(&held, config::Rotation::read)?)?)
}

/// One step. An error makes Secrets Manager try again, which is safe at any point.
pub async fn run(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let now = SystemTime::now();
    let until = Instant::now() + lambda::time_left(event.context.deadline, now);
    let request = Request::read(&event.payload)?;
    let (step, secret, version) = (request.step.name(), &request.secret, &request.token);
    match wired().await?.step(&request, now, until).await {
        Ok(done) => {
            let repeated = done == Done::Already;
            let what = if done == Done::Untested { "nothing to test" } else { "rotated" };
            tracing::info!(step, secret, version, repeated, "{what}");
            Ok(json!({ "step": step, "repeated": repeated }))
        }
        Err(failure) => {
            tracing::error!(alarm = "rotation_failed", step, secret, version, code = failure.code(), detail = %failure);
            Err(failure.into())
        }
    }
}
