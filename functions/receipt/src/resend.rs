//! `POST /v1/receipts/{id}/resend`: the receipt's mail once more.
use payonce::answer::{Answer, Body};
use payonce::failure::Failure;
use payonce::lambda::Request;
use payonce::receipt::{self, Resent};
use serde_json::json;

use crate::Desk;

/// A shorter key may be somebody else's by chance.
const SHORTEST_KEY: usize = 16;

/// Queues one mail a key.
pub(crate) async fn resend(desk: &Desk, request: &Request) -> Result<Answer, Failure> {
    let about = desk.open(request)?;
    let key = request.header("idempotency-key").map(str::trim);
    let key = key.filter(|key| key.chars().count() >= SHORTEST_KEY).ok_or_else(|| Failure::Refused {
        code: "idempotency_key_missing",
        detail: format!("give an Idempotency-Key of {SHORTEST_KEY} characters or more"),
    })?;
    match receipt::resend(&desk.db, &about, key, request.now, request.deadline).await? {
        Resent::Queued => Ok(Answer::of(202, "application/json", Body::Json(json!({ "status": "queued" })))),
        Resent::TooMany { wait_s } => {
            let refused = Failure::Refused {
                code: "rate_limited",
                detail: "it was sent often enough today; look for it among unwanted mail".into(),
            };
            Ok(Answer::failed(&request.id, &refused).with("retry-after", wait_s.to_string()))
        }
    }
}
