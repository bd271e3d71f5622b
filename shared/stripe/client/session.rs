//! Checkout Sessions: made, found again, closed.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use uuid::Uuid;

use super::answer::{page, read, unreadable};
use super::{Client, PAGE, known, post};
use crate::inbox::event::{MARK, STACK};
use crate::inbox::reading::{Reading, id, mark, money, object, stack, text, uuid};
use crate::money::Money;
use crate::outgoing::{Call, Fault};
use crate::stripe::event::{Object, expandable};
use crate::stripe::minor_units::{iso, to_wire};

/// Pages looked through for one session, newest first: 2,000 sessions since the payment was made.
const PAGES: usize = 20;
/// Stripe shows a product's name up to here.
const TITLE_CHARS: usize = 250;

/// A session to be made: one line of the whole amount.
pub struct NewSession<'a> {
    /// Our payment: the client reference, and the mark in both metadata.
    pub payment: Uuid,
    /// Whose mark it is, `payonce/prod`.
    pub stack: &'a str,
    /// Under which Stripe takes it once.
    pub idempotency_key: &'a str,
    /// The whole amount.
    pub money: Money,
    /// What the buyer reads beside it.
    pub title: &'a str,
    /// Where the receipt goes.
    pub email: Option<&'a str>,
    /// Where the buyer comes back to; Stripe wants one.
    pub success_url: Option<&'a str>,
    /// Where the way back leads.
    pub cancel_url: Option<&'a str>,
    /// 30 minutes to 24 hours ahead, says Stripe; to the second.
    pub expires_at: SystemTime,
}

/// A session as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `cs_...`
    pub id: String,
    /// The page to pay at, while it is open.
    pub url: Option<String>,
    /// Can it still be paid?
    pub state: SessionState,
    /// Our payment, and whose mark that is.
    pub mark: Option<Uuid>,
    /// `payonce/prod`
    pub stack: Option<String>,
    /// `pi_...`, once the buyer tried.
    pub provider_payment: Option<String>,
    /// What it asks for.
    pub money: Option<Money>,
}

/// Can it still be paid?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Yes.
    Open,
    /// It was, or by a slow method it is being paid.
    Complete,
    /// No, for ever.
    Expired,
}

impl Client {
    /// Makes a session. An amount Stripe cannot take is refused here, as `amount_not_payable`.
    pub async fn create_session(&self, deadline: Instant, new: &NewSession<'_>) -> Result<Session, Fault> {
        let call = post("/v1/checkout/sessions".into(), &fields(new)?);
        let answer = self.line.send(deadline, &call.once_by("idempotency-key", new.idempotency_key)).await?;
        session(read(&answer)?).map_err(unreadable)
    }

    /// The session of this id.
    pub async fn session(&self, deadline: Instant, id: &str) -> Result<Session, Fault> {
        let call = Call::get(format!("/v1/checkout/sessions/{}", known(id, &["cs_"])?), &[]);
        let answer = self.line.send(deadline, &call).await?;
        read(&answer).and_then(|found| session(found).map_err(unreadable)).map_err(Fault::of_reading)
    }

    /// The session made for this payment since then, if there is one: what to ask when nobody knows whether there is.
    pub async fn session_of(
        &self,
        deadline: Instant,
        payment: Uuid,
        stack: &str,
        since: SystemTime,
    ) -> Result<Option<Session>, Fault> {
        let (since, mut after) = (unix(since), None::<String>);
        for _ in 0..PAGES {
            let mut query = vec![("limit", PAGE), ("created[gte]", &since)];
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let answer = self.line.send(deadline, &Call::get("/v1/checkout/sessions", &query)).await?;
            let page = page(&answer)?;
            for item in page.items {
                let found =
                    object(Some(item)).and_then(session).map_err(|why| unreadable(why).of_reading())?;
                if found.mark == Some(payment) && found.stack.as_deref().is_none_or(|whose| whose == stack) {
                    return Ok(Some(found));
                }
            }
            match page.next {
                Some(id) => after = Some(id),
                None => return Ok(None),
            }
        }
        Err(Fault::Unavailable { detail: format!("more than {PAGES} pages of sessions since then") })
    }

    /// Closes an open session. Stripe refuses that of one that is not open.
    pub async fn expire_session(&self, deadline: Instant, id: &str) -> Result<Session, Fault> {
        let path = format!("/v1/checkout/sessions/{}/expire", known(id, &["cs_"])?);
        let none: [(&str, &str); 0] = [];
        let answer = self.line.send(deadline, &post(path, &none).repeatable()).await?;
        session(read(&answer)?).map_err(unreadable)
    }
}

fn fields(new: &NewSession<'_>) -> Result<Vec<(String, String)>, Fault> {
    let amount = to_wire(new.money)
        .ok_or_else(|| Fault::not_asked("amount_not_payable", format!("Stripe cannot take {}", new.money)))?;
    let payment = new.payment.to_string();
    let mut fields: Vec<(String, String)> = [
        ("mode", "payment"),
        ("client_reference_id", &payment),
        (&format!("metadata[{MARK}]"), &payment),
        (&format!("metadata[{STACK}]"), new.stack),
        (&format!("payment_intent_data[metadata][{MARK}]"), &payment),
        (&format!("payment_intent_data[metadata][{STACK}]"), new.stack),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", &new.money.currency.code().to_ascii_lowercase()),
        ("line_items[0][price_data][unit_amount]", &amount.to_string()),
        (
            "line_items[0][price_data][product_data][name]",
            &new.title.chars().take(TITLE_CHARS).collect::<String>(),
        ),
        ("expires_at", &unix(new.expires_at)),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let optional =
        [("customer_email", new.email), ("success_url", new.success_url), ("cancel_url", new.cancel_url)];
    fields
        .extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    Ok(fields)
}

/// Only the id has to be there.
fn session(found: Object<'_>) -> Reading<Session> {
    Ok(Session {
        id: id(found.id)?,
        url: text(found.url).map(|url| url.into_owned()),
        state: match text(found.status).as_deref() {
            Some("complete") => SessionState::Complete,
            Some("expired") => SessionState::Expired,
            _ => SessionState::Open,
        },
        mark: mark(found.metadata)?.or_else(|| uuid(found.client_reference_id)),
        stack: stack(found.metadata)?,
        provider_payment: expandable(found.payment_intent)?,
        money: money(found.amount_total, found.currency).and_then(iso).ok(),
    })
}

/// Unix seconds, as text.
pub(super) fn unix(time: SystemTime) -> String {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs().to_string()
}
