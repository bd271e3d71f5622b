//! Asking for money: one Checkout Session, one Razorpay Order a payment.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use uuid::Uuid;

use super::{Desk, Fault, Gateways, sandbox};
use crate::inbox::Provider;
use crate::money::Money;
use crate::{razorpay, stripe};

/// What is asked for. The same payment is asked for in the same words every time: Stripe refuses a key whose words changed.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Our payment: the mark, the idempotency key, the receipt.
    pub payment: Uuid,
    /// How many keys are used up ([`Fault::Unknown`], `answered`): Stripe keeps a 5xx under its key for a day.
    pub faulted: u16,
    /// Whose mark it is, `payonce/prod`.
    pub stack: &'a str,
    /// How much, in ISO minor units.
    pub money: Money,
    /// What the buyer reads beside it (Stripe).
    pub title: &'a str,
    /// Where Stripe's own receipt goes.
    pub email: Option<&'a str>,
    /// Where Stripe sends the buyer afterwards; it wants one.
    pub success_url: Option<&'a str>,
    /// Where its way back leads.
    pub cancel_url: Option<&'a str>,
    /// Until when Stripe's page takes money: 30 minutes to 24 hours ahead.
    pub expires_at: SystemTime,
    /// When the payment was made: no session of it is older.
    pub created_at: SystemTime,
}

/// What the provider made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// `cs_...`, `order_...`
    pub provider_order: String,
    /// Stripe's page to pay at. None for Razorpay, in the sandbox, and for a session found again that is no longer open.
    pub url: Option<String>,
}

/// Stripe's clock and ours may differ so much.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

impl Gateways {
    /// Asks for money. `resumed`: an earlier try has an unknown outcome, so the provider is asked first, and only when it
    /// has nothing of this payment something new is made. As long as that cannot be found out the outcome stays unknown; a
    /// key that is refused is told as that, since another one may find it out.
    ///
    /// Refused without asking, as `amount_not_payable`: what the provider has no way to take.
    pub async fn open(
        &self,
        deadline: Instant,
        provider: Provider,
        ask: &Ask<'_>,
        resumed: bool,
    ) -> Result<Opened, Fault> {
        match self.desk(provider)? {
            Desk::Sandbox => sandbox::open(provider, ask),
            Desk::Stripe(client) => session(client, deadline, ask, resumed).await,
            Desk::Razorpay(client) => order(client, deadline, ask, resumed).await,
        }
    }
}

async fn session(
    client: &stripe::Client,
    deadline: Instant,
    ask: &Ask<'_>,
    resumed: bool,
) -> Result<Opened, Fault> {
    if resumed {
        let since = ask.created_at.checked_sub(CLOCKS_DIFFER).unwrap_or(SystemTime::UNIX_EPOCH);
        let found =
            client.session_of(deadline, ask.payment, ask.stack, since).await.map_err(not_looked_up)?;
        if let Some(session) = found {
            return Ok(Opened { provider_order: session.id, url: session.url });
        }
    }
    let new = stripe::client::NewSession {
        payment: ask.payment,
        stack: ask.stack,
        idempotency_key: &key(ask.payment, ask.faulted),
        money: ask.money,
        title: ask.title,
        email: ask.email,
        success_url: ask.success_url,
        cancel_url: ask.cancel_url,
        expires_at: ask.expires_at,
    };
    let session = client.create_session(deadline, &new).await?;
    Ok(Opened { provider_order: session.id, url: session.url })
}

async fn order(
    client: &razorpay::Client,
    deadline: Instant,
    ask: &Ask<'_>,
    resumed: bool,
) -> Result<Opened, Fault> {
    if resumed {
        let found = client.order_of(deadline, ask.payment, ask.stack).await.map_err(not_looked_up)?;
        if let Some(order) = found {
            return Ok(Opened { provider_order: order.id, url: None });
        }
    }
    let new = razorpay::client::NewOrder { payment: ask.payment, stack: ask.stack, money: ask.money };
    let order = client.create_order(deadline, &new).await?;
    Ok(Opened { provider_order: order.id, url: None })
}

fn not_looked_up(fault: Fault) -> Fault {
    if fault.is_about_our_key() { fault } else { still_unknown(fault) }
}

/// Not even the look-up worked, so whatever became of the earlier try is as unknown as before.
pub(super) fn still_unknown(fault: Fault) -> Fault {
    Fault::unknown(format!("an earlier try cannot be looked up: {fault}"))
}

/// The id of what is asked, and which 5xx it comes after.
pub(super) fn key(id: Uuid, faulted: u16) -> String {
    if faulted == 0 { id.to_string() } else { format!("{id}-{faulted}") }
}
