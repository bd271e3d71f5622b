//! Does Razorpay take our key?
use tokio::time::Instant;

use super::Client;
use super::answer::page;
use crate::outgoing::{Call, Fault};

impl Client {
    /// Reads one order, the least that checkout does.
    pub async fn try_key(&self, deadline: Instant) -> Result<(), Fault> {
        page(&self.line.send(deadline, &Call::get("/v1/orders", &[("count", "1")])).await?)?;
        Ok(())
    }
}
