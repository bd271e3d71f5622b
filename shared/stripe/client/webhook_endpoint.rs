//! Webhook endpoints: made, widened, switched off and deleted, as a rotation of their secret wants it.
//!
//! docs.stripe.com/api/webhook_endpoints: the secret is shown once, in the answer to the making; `enabled_events` and
//! `disabled` may be changed later, `api_version` may not.
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::answer::{page, read, unreadable};
use super::{Client, PAGE, known, post};
use crate::inbox::event::STACK;
use crate::inbox::reading::{Field, Reading, id, object, object_if_any, text};
use crate::outgoing::{Call, Fault};

/// The key beside our stack's under which stands which rotation made it.
const ROTATION: &str = "payonce_rotation";
/// Stripe takes 16 endpoints a mode; more pages than one mean that this is no answer of Stripe's.
const PAGES: usize = 2;

/// An endpoint to be made.
pub struct NewEndpoint<'a> {
    /// Where it delivers.
    pub url: &'a str,
    /// What it delivers; `["*"]` is almost everything.
    pub events: &'a [&'a str],
    /// In which version's form; none: the account's.
    pub api_version: Option<&'a str>,
    /// Whose it is, `payonce/prod`.
    pub stack: &'a str,
    /// Which rotation makes it.
    pub rotation: &'a str,
}

/// An endpoint as it stands. It has no `Debug`: it may hold its secret.
pub struct Endpoint {
    /// `we_...`
    pub id: String,
    /// Where it delivers.
    pub url: String,
    /// Does it deliver?
    pub enabled: bool,
    /// What it delivers.
    pub events: Vec<String>,
    /// In which version's form; none: the account's.
    pub api_version: Option<String>,
    /// Whose it is, where we made it.
    pub stack: Option<String>,
    /// Which rotation made it.
    pub rotation: Option<String>,
    /// `whsec_...`: only in the answer to its making.
    pub secret: Option<String>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    url: Field<'a>,
    #[serde(borrow)]
    status: Field<'a>,
    #[serde(borrow)]
    enabled_events: Field<'a>,
    #[serde(borrow)]
    api_version: Field<'a>,
    #[serde(borrow)]
    metadata: Field<'a>,
    #[serde(borrow)]
    secret: Field<'a>,
}

#[derive(Default, Deserialize)]
struct Mark<'a> {
    #[serde(borrow)]
    payonce_stack: Field<'a>,
    #[serde(borrow)]
    payonce_rotation: Field<'a>,
}

impl Client {
    /// Makes one. Not repeated: after an unknown outcome it is to be looked for by its rotation, and what is found has lost
    /// its secret.
    pub async fn create_endpoint(&self, deadline: Instant, new: &NewEndpoint<'_>) -> Result<Endpoint, Fault> {
        let mut fields = vec![
            ("url".to_owned(), new.url),
            (format!("metadata[{STACK}]"), new.stack),
            (format!("metadata[{ROTATION}]"), new.rotation),
            ("description".to_owned(), "made by payonce when its secret was rotated"),
        ];
        fields.extend(new.api_version.map(|version| ("api_version".to_owned(), version)));
        fields.extend(listed(new.events));
        let answer = self.line.send(deadline, &post("/v1/webhook_endpoints".into(), &fields)).await?;
        endpoint(read(&answer)?).map_err(unreadable)
    }

    /// The endpoint of this id; none where it was deleted.
    pub async fn endpoint(&self, deadline: Instant, id: &str) -> Result<Option<Endpoint>, Fault> {
        match self.line.send(deadline, &Call::get(path(id)?, &[])).await {
            Ok(answer) => read(&answer)
                .and_then(|found| endpoint(found).map_err(unreadable))
                .map(Some)
                .map_err(Fault::of_reading),
            Err(Fault::Refused { status: 404, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Every endpoint of the account, in the mode of our key.
    pub async fn endpoints(&self, deadline: Instant) -> Result<Vec<Endpoint>, Fault> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = vec![("limit", PAGE)];
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let answer = self.line.send(deadline, &Call::get("/v1/webhook_endpoints", &query)).await?;
            let page = page(&answer)?;
            for item in page.items {
                found
                    .push(object(Some(item)).and_then(endpoint).map_err(|why| unreadable(why).of_reading())?);
            }
            match page.next {
                Some(id) => after = Some(id),
                None => return Ok(found),
            }
        }
        Err(Fault::Unavailable { detail: format!("more than {PAGES} pages of webhook endpoints") })
    }

    /// From now on it delivers these types.
    pub async fn subscribe_endpoint(
        &self,
        deadline: Instant,
        id: &str,
        events: &[&str],
    ) -> Result<Endpoint, Fault> {
        let fields: Vec<(String, &str)> = listed(events).collect();
        let answer = self.line.send(deadline, &post(path(id)?, &fields).repeatable()).await?;
        endpoint(read(&answer)?).map_err(unreadable)
    }

    /// It delivers nothing any more, and nothing again.
    pub async fn disable_endpoint(&self, deadline: Instant, id: &str) -> Result<(), Fault> {
        let call = post(path(id)?, &[("disabled", "true")]).repeatable();
        gone_or(self.line.send(deadline, &call).await.map(drop))
    }

    /// Takes it away; one that is not there is no error.
    pub async fn delete_endpoint(&self, deadline: Instant, id: &str) -> Result<(), Fault> {
        gone_or(self.line.send(deadline, &Call::delete(path(id)?)).await.map(drop))
    }
}

fn path(id: &str) -> Result<String, Fault> {
    Ok(format!("/v1/webhook_endpoints/{}", known(id, &["we_"])?))
}

fn listed<'e>(events: &'e [&'e str]) -> impl Iterator<Item = (String, &'e str)> {
    events.iter().enumerate().map(|(at, event)| (format!("enabled_events[{at}]"), *event))
}

fn gone_or(done: Result<(), Fault>) -> Result<(), Fault> {
    match done {
        Err(Fault::Refused { status: 404, .. }) => Ok(()),
        done => done,
    }
}

fn endpoint(found: Answer<'_>) -> Reading<Endpoint> {
    let owned = |field| text(field).map(|text| text.into_owned());
    let mark: Mark = object_if_any(found.metadata)?;
    let events = found.enabled_events.map(RawValue::get).ok_or("endpoint_without_events")?;
    Ok(Endpoint {
        id: id(found.id)?,
        url: owned(found.url).ok_or("endpoint_without_url")?,
        enabled: text(found.status).as_deref() == Some("enabled"),
        events: serde_json::from_str(events).map_err(|_| "endpoint_without_events")?,
        api_version: owned(found.api_version),
        stack: owned(mark.payonce_stack),
        rotation: owned(mark.payonce_rotation),
        secret: owned(found.secret),
    })
}
