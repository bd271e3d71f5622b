//! Events that Stripe has, delivered or not: what to ask after an outage (it keeps them for 30 days).
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::Instant;

use super::answer::page;
use super::session::unix;
use super::{Client, PAGE};
use crate::inbox::Verified;
use crate::outgoing::{Call, Fault};

/// Under which an event is stored that no secret verified: it came over our own line.
const ASKED_FOR: &str = "api";

/// Up to a hundred events, newest first.
pub struct EventPage {
    /// Each as its exact text: what [`crate::stripe::read`] takes. Its identity is its `id`, so one that was delivered as
    /// well is the same event in the inbox.
    pub events: Vec<Verified>,
    /// Where the next page starts, if there is one.
    pub next: Option<String>,
}

impl Client {
    /// A page of the events since then; only those that an endpoint did not take, when asked for `undelivered`.
    pub async fn events(
        &self,
        deadline: Instant,
        since: SystemTime,
        undelivered: bool,
        after: Option<&str>,
    ) -> Result<EventPage, Fault> {
        let since = unix(since);
        let mut query = vec![("limit", PAGE), ("created[gte]", &since)];
        query.extend(undelivered.then_some(("delivery_success", "false")));
        query.extend(after.map(|id| ("starting_after", id)));
        let answer = self.line.send(deadline, &Call::get("/v1/events", &query)).await?;
        let page = page(&answer)?;
        let events = page.items.iter().map(|item| Verified {
            body: Bytes::copy_from_slice(item.get().as_bytes()),
            secret_version: ASKED_FOR.into(),
            header_id: None,
        });
        Ok(EventPage { events: events.collect(), next: page.next })
    }
}
