//! The secret of a Stripe endpoint: Stripe makes it, with the endpoint, and shows it once. So a new endpoint takes the old
//! one's place. For a while both deliver every event, and the claim makes that one effect; then the sweeper switches the
//! old one off.
use std::time::SystemTime;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::{Done, Kept, Request, SETTLES_AFTER, house, pending, stripe_failed, unavailable};
use crate::failure::Failure;
use crate::secret::Ring;
use crate::secret::endpoint::EndpointSecret;
use crate::stripe::client::{Endpoint, NewEndpoint};
use crate::stripe::{self, Client};

/// What a new endpoint delivers until its secret is known everywhere: something that hardly ever happens, since an endpoint
/// cannot be made switched off.
const QUIET: &str = "billing_portal.configuration.created";

/// One endpoint in the place of another.
pub(super) struct Exchange<'a> {
    pub(super) stripe: Client,
    pub(super) secret: &'a Kept,
    pub(super) stack: &'a str,
    pub(super) url: Option<&'a str>,
}

impl Exchange<'_> {
    /// Makes the new endpoint and stores its secret. What a killed try left at Stripe is taken away first: its secret is
    /// lost.
    pub(super) async fn create(&self, request: &Request, until: Instant) -> Result<Done, Failure> {
        if let Some(stored) = self.secret.version(&request.token).await.map_err(unavailable)? {
            self.made(&EndpointSecret::read(&stored), until).await?;
            return Ok(Done::Already);
        }
        let current = self.secret.current().await.map_err(unavailable)?.unwrap_or_default();
        let current = EndpointSecret::read(&current);
        let old = self.old(&current, until).await?;
        self.tidy(&current, &old, until).await?;

        let new = NewEndpoint {
            url: &old.url,
            events: &[QUIET],
            api_version: old.api_version.as_deref(),
            stack: self.stack,
            rotation: &request.token,
        };
        let made = self.stripe.create_endpoint(until, &new).await.map_err(stripe_failed)?;
        let secret = made.secret.ok_or_else(|| {
            house("provider_answer_unusable", format!("Stripe made {} and showed no secret", made.id))
        })?;
        let value = EndpointSecret { secret, endpoint: Some(made.id), replaces: Some(old.id) }.write();
        let rotation_token = request.rotation_token.as_deref();
        self.secret.put_pending(&request.token, rotation_token, value).await.map_err(unavailable)?;
        Ok(Done::Worked)
    }

    /// Lets it deliver what the old one delivers, once every instance has had the time to learn its secret.
    pub(super) async fn set(&self, token: &str, until: Instant) -> Result<Done, Failure> {
        let stored = EndpointSecret::read(&pending(self.secret, token).await?);
        let (new, old) = (self.made(&stored, until).await?, self.replaced(&stored, until).await?);
        if new.enabled && same(&new.events, &old.events) {
            return Ok(Done::Already);
        }
        sleep(SETTLES_AFTER).await;
        let events: Vec<&str> = old.events.iter().map(String::as_str).collect();
        let widened = self.stripe.subscribe_endpoint(until, &new.id, &events).await.map_err(stripe_failed)?;
        if !same(&widened.events, &old.events) {
            return Err(house("rotation_test_failed", format!("{} does not take its events", new.id)));
        }
        Ok(Done::Worked)
    }

    /// Does our verifier take what the pending secret signs, and does the new endpoint deliver what the old one does?
    pub(super) async fn test(&self, token: &str, until: Instant) -> Result<Done, Failure> {
        let stored = EndpointSecret::read(&pending(self.secret, token).await?);
        let failed = |why: &str| house("rotation_test_failed", why.to_owned());
        let (body, at) = (Bytes::from_static(br#"{"object":"event"}"#), SystemTime::UNIX_EPOCH);
        let header = stripe::sign(&body, &stored.secret, at);
        let ring = Ring::new([("pending", stored.secret.clone())]);
        stripe::verify(body, Some(header.as_bytes()), &ring, at)
            .map_err(|why| failed(&format!("what is pending verifies nothing: {why}")))?;
        let (new, old) = (self.made(&stored, until).await?, self.replaced(&stored, until).await?);
        match () {
            () if !new.enabled => Err(failed("the new endpoint is switched off")),
            () if new.url != old.url => Err(failed("the new endpoint delivers elsewhere")),
            () if !same(&new.events, &old.events) => Err(failed("the new endpoint delivers other events")),
            () => Ok(Done::Worked),
        }
    }

    /// Takes away the endpoint that was made for the version `token`, while its secret is still accepted.
    pub(super) async fn take_back(&self, token: &str, until: Instant) -> Result<(), Failure> {
        let stored = EndpointSecret::read(&pending(self.secret, token).await?);
        let id = stored.endpoint.as_deref().unwrap_or_default();
        let found = self.stripe.endpoint(until, id).await.map_err(stripe_failed)?;
        if found.is_some_and(|endpoint| endpoint.rotation.as_deref() == Some(token)) {
            self.stripe.delete_endpoint(until, id).await.map_err(stripe_failed)?;
        }
        Ok(())
    }

    /// The endpoint whose secret is stored. It may have been deleted: then this rotation leads nowhere.
    async fn made(&self, stored: &EndpointSecret, until: Instant) -> Result<Endpoint, Failure> {
        let id = stored.endpoint.as_deref().unwrap_or_default();
        let found = self.stripe.endpoint(until, id).await.map_err(stripe_failed)?;
        found.ok_or_else(|| {
            let detail = format!("{id} is gone: give this rotation up and begin another");
            house("rotation_endpoint_gone", detail)
        })
    }

    /// The endpoint that the stored one is to replace.
    async fn replaced(&self, stored: &EndpointSecret, until: Instant) -> Result<Endpoint, Failure> {
        let id = stored.replaces.as_deref().unwrap_or_default();
        let found = self.stripe.endpoint(until, id).await.map_err(stripe_failed)?;
        found.ok_or_else(|| house("rotation_endpoint_gone", format!("{id}, which it replaces, is gone")))
    }

    /// The endpoint whose secret is in force: by its id, else by its address, where that is clear.
    async fn old(&self, current: &EndpointSecret, until: Instant) -> Result<Endpoint, Failure> {
        if let Some(id) = &current.endpoint {
            let found = self.stripe.endpoint(until, id).await.map_err(stripe_failed)?;
            return found.ok_or_else(|| {
                house("rotation_endpoint_gone", format!("{id}, whose secret is current, is gone at Stripe"))
            });
        }
        let all = self.stripe.endpoints(until).await.map_err(stripe_failed)?;
        // Ours are of rotations that came to nothing: else its id were stored.
        let may_be = |endpoint: &Endpoint| {
            endpoint.enabled
                && endpoint.stack.as_deref() != Some(self.stack)
                && self.url.is_none_or(|url| endpoint.url == url)
        };
        let mut fitting: Vec<Endpoint> = all.into_iter().filter(may_be).collect();
        match (fitting.pop(), fitting.len()) {
            (Some(only), 0) => Ok(only),
            (found, others) => {
                let count = others + usize::from(found.is_some());
                let detail = format!("{count} endpoints may be the one in force: set STRIPE_WEBHOOK_URL");
                Err(house("rotation_endpoint_unclear", detail))
            }
        }
    }

    /// Takes away what earlier rotations of ours left, killed or done; an endpoint that was replaced and is not ours to
    /// take away is switched off. Ours deliver where the old one does: a stack elsewhere may have our name. So a rotation ends the overlap of the one before, whose secret it is about to drop.
    async fn tidy(&self, current: &EndpointSecret, old: &Endpoint, until: Instant) -> Result<(), Failure> {
        for endpoint in self.stripe.endpoints(until).await.map_err(stripe_failed)? {
            if endpoint.id == old.id {
                continue;
            }
            let marked = endpoint.stack.as_deref() == Some(self.stack) && endpoint.rotation.is_some();
            if marked && endpoint.url == old.url {
                self.stripe.delete_endpoint(until, &endpoint.id).await.map_err(stripe_failed)?;
            } else if endpoint.enabled && current.replaces.as_deref() == Some(&endpoint.id) {
                self.stripe.disable_endpoint(until, &endpoint.id).await.map_err(stripe_failed)?;
            }
        }
        Ok(())
    }
}

/// The same types, in whichever order Stripe lists them.
fn same(one: &[String], other: &[String]) -> bool {
    let sorted = |events: &[String]| {
        let mut events = events.to_vec();
        events.sort();
        events
    };
    sorted(one) == sorted(other)
}
