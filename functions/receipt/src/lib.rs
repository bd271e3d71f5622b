//! receipt: what was paid, for who holds its link. A token opens one receipt until its time; without it nothing here
//! tells whether an order exists, and no database is asked.
mod answer;
mod resend;
mod show;

use payonce::answer::Answer;
use payonce::config::{self, Seller, Stack};
use payonce::db::Db;
use payonce::failure::Failure;
use payonce::lambda::{Request, Route};
use payonce::receipt::{About, not_found};
use payonce::secret::Ring;
use payonce::token::{self, Purpose};

/// What this function answers, in OpenAPI 3.1; its tests hold every answer to it.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// The function, ready for requests.
pub struct Desk {
    /// The database.
    pub db: Db,
    stack: Stack,
    tokens: Ring,
    seller: Seller,
}

enum Call {
    Show,
    Resend,
    Describe,
}

const CALLS: [(&str, &str, Call); 4] = [
    ("GET", "/v1/receipts/{}", Call::Show),
    // As older mails link it, the order in the query.
    ("GET", "/receipt", Call::Show),
    ("POST", "/v1/receipts/{}/resend", Call::Resend),
    ("GET", "/v1/openapi.json", Call::Describe),
];

impl Desk {
    /// From its configuration, whose database `db` is.
    pub fn new(config: config::Receipt, db: Db) -> Self {
        let config::Receipt { stack, database: _, tokens, seller } = config;
        Self { db, stack, tokens, seller }
    }

    /// What the request's token opens. A token that opens nothing, an id that is none and an order that is not there are
    /// one refusal.
    fn open(&self, request: &Request) -> Result<About, Failure> {
        let named = request.query("order").filter(|_| request.path == "/receipt");
        let about = About::quoted(named.as_deref().unwrap_or(request.segment(2)));
        let token = request.query("token").unwrap_or_default();
        let opens = |about: &About| {
            token::opens(&self.tokens, &token, Purpose::Receipt, &about.to_string(), request.now)
        };
        about.filter(opens).ok_or_else(not_found)
    }
}

/// Answers one request.
pub async fn handle(desk: &Desk, request: Request) -> Answer {
    let answered = match request.route(CALLS) {
        Route::Meta => Ok(Answer::meta(&desk.stack)),
        Route::Health => Ok(Answer::healthy()),
        Route::Call(Call::Describe) => Ok(Answer::document("application/json", OPENAPI)),
        Route::Call(Call::Show) => show::show(desk, &request).await,
        Route::Call(Call::Resend) => resend::resend(desk, &request).await,
        Route::Refused(failure) => Err(failure),
    };
    answer::guarded(answered.unwrap_or_else(|failure| answer::failed(&request, &failure)))
}
