//! Closing what was opened: nobody is to pay it any more.
use tokio::time::Instant;

use super::{Desk, Fault, Gateways};
use crate::inbox::Provider;
use crate::stripe;
use crate::stripe::client::SessionState;

/// Whether it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Nobody can pay it, now or since before.
    Expired,
    /// Too late: it was paid, or is being paid.
    Completed,
    /// It cannot be closed: a Razorpay order stays payable. Late money is for settlement to judge.
    NotSupported,
}

impl Gateways {
    /// Closes a Checkout Session. Asking twice does no harm.
    pub async fn expire(
        &self,
        deadline: Instant,
        provider: Provider,
        provider_order: &str,
    ) -> Result<Expiry, Fault> {
        match self.desk(provider)? {
            Desk::Sandbox => Ok(Expiry::Expired),
            Desk::Stripe(client) => session(client, deadline, provider_order).await,
            Desk::Razorpay(_) => Ok(Expiry::NotSupported),
        }
    }
}

/// Stripe refuses to close a session that is not open, and says in words only why: the session itself knows.
async fn session(client: &stripe::Client, deadline: Instant, id: &str) -> Result<Expiry, Fault> {
    let fault = match client.expire_session(deadline, id).await {
        Ok(session) if session.state == SessionState::Expired => return Ok(Expiry::Expired),
        Ok(_) => Fault::unknown("asked to expire, and says it has not"),
        Err(fault @ Fault::Refused { status: 0, .. }) => return Err(fault),
        Err(fault) => fault,
    };
    match client.session(deadline, id).await.map(|session| session.state) {
        Ok(SessionState::Expired) => Ok(Expiry::Expired),
        Ok(SessionState::Complete) => Ok(Expiry::Completed),
        Ok(SessionState::Open) | Err(_) => Err(fault),
    }
}
