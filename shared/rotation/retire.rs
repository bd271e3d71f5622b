//! The end of an overlap: the endpoint that was replaced delivers nothing any more.
use std::time::SystemTime;

use tokio::time::Instant;

use super::{house, stripe_failed};
use crate::failure::Failure;
use crate::secret::held::Replaced;
use crate::stripe::Client;

/// Switches it off at Stripe once its time has come; how many it switched off, none or one. Safe to repeat.
pub async fn retire(
    stripe: Option<&Client>,
    replaced: Option<&Replaced>,
    now: SystemTime,
    deadline: Instant,
) -> Result<u32, Failure> {
    let Some(Replaced { endpoint, .. }) = replaced.filter(|replaced| replaced.off_from <= now) else {
        return Ok(0);
    };
    let stripe = stripe.ok_or_else(|| {
        house("secret_missing", format!("{endpoint} is to be switched off, and Stripe is not set up here"))
    })?;
    Ok(u32::from(switch_off(stripe, endpoint, deadline).await?))
}

/// Was it on?
pub(super) async fn switch_off(stripe: &Client, endpoint: &str, deadline: Instant) -> Result<bool, Failure> {
    let found = stripe.endpoint(deadline, endpoint).await.map_err(stripe_failed)?;
    if found.is_none_or(|endpoint| !endpoint.enabled) {
        return Ok(false);
    }
    stripe.disable_endpoint(deadline, endpoint).await.map_err(stripe_failed)?;
    Ok(true)
}
