//! Secrets that nobody but us has to know: tokens are signed with them, or they are compared.
use ring::rand::{SecureRandom, SystemRandom};

use super::{Done, Kept, Request, SETTLES_AFTER, house, pending, unavailable};
use crate::failure::Failure;
use crate::secret::{Ring, mac};

/// As long as the tag that is made with it.
const BYTES: usize = 32;

/// Makes it up and stores it; one that is stored stays.
pub(super) async fn create(secret: &Kept, request: &Request) -> Result<Done, Failure> {
    if secret.version(&request.token).await.map_err(unavailable)?.is_some() {
        return Ok(Done::Already);
    }
    let rotation_token = request.rotation_token.as_deref();
    secret.put_pending(&request.token, rotation_token, made_up()?).await.map_err(unavailable)?;
    Ok(Done::Worked)
}

/// Nobody has to be told. Those who compare have the time to look, before those who sign do so with it.
pub(super) async fn set() -> Result<Done, Failure> {
    tokio::time::sleep(SETTLES_AFTER).await;
    Ok(Done::Worked)
}

/// Is what is stored a secret that this build can use?
pub(super) async fn test(secret: &Kept, token: &str) -> Result<Done, Failure> {
    let new = pending(secret, token).await?;
    let ring = Ring::new([("pending", new.clone())]);
    if new.len() < 2 * BYTES || !mac::knows(&ring, new.as_bytes()) {
        return Err(house("rotation_test_failed", "what is pending is no secret of ours".into()));
    }
    Ok(Done::Worked)
}

/// 64 hex digits of the system's own randomness.
pub fn made_up() -> Result<String, Failure> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| house("no_randomness", "the system gives no random bytes".into()))?;
    Ok(mac::to_hex(&bytes))
}
