//! What both webhook functions do with a request once their provider's own module has read it.
use crate::answer::Answer;
use crate::config::{self, Expected, Webhook};
use crate::db::Db;
use crate::failure::Failure;
use crate::inbox::Event;
use crate::lambda::{Request, Route};
use crate::secret::Ring;

/// A webhook function, ready for requests.
pub struct Endpoint {
    /// The database.
    pub db: Db,
    stack: config::Stack,
    secrets: Ring,
    expected: Expected,
    retry: config::Retry,
}

impl Endpoint {
    /// From its configuration, whose database `db` is.
    pub fn new(config: Webhook, db: Db) -> Self {
        let Webhook { stack, database: _, secrets, expected, retry } = config;
        Self { db, stack, secrets, expected, retry }
    }

    /// Answers a request: a POST on one of `paths` is a delivery, verified and read by `read`.
    pub async fn handle(
        &self,
        request: &Request,
        paths: &[&str],
        read: impl FnOnce(&Request, &Ring) -> Result<Event, Failure>,
    ) -> Answer {
        match request.route(paths.iter().map(|path| ("POST", *path, ()))) {
            Route::Call(()) => {}
            Route::Meta => return Answer::meta(&self.stack),
            Route::Health => return Answer::healthy(),
            Route::Refused(failure) => return Answer::failed(&request.id, &failure),
        }
        match self.receive(request, read).await {
            Ok(answer) => answer,
            Err(failure) => Answer::failed(&request.id, &failure),
        }
    }

    async fn receive(
        &self,
        request: &Request,
        read: impl FnOnce(&Request, &Ring) -> Result<Event, Failure>,
    ) -> Result<Answer, Failure> {
        let event = read(request, &self.secrets.live(request.now))?.held_to(&self.expected);
        let settled = super::receive(&self.db, &event, self.retry, request.now, request.deadline).await?;
        Ok(Answer::settled(&settled))
    }
}
