//! Does Stripe take our key?
use tokio::time::Instant;

use super::Client;
use super::answer::page;
use crate::outgoing::{Call, Fault};

impl Client {
    /// Reads one session and one refund, the least that checkout and sweeper do: a restricted key may be right and still
    /// not allowed to.
    pub async fn try_key(&self, deadline: Instant) -> Result<(), Fault> {
        for path in ["/v1/checkout/sessions", "/v1/refunds"] {
            page(&self.line.send(deadline, &Call::get(path, &[("limit", "1")])).await?)?;
        }
        Ok(())
    }
}
