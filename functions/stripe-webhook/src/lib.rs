//! Stripe's webhook: a signed event takes effect once.
use payonce::answer::Answer;
use payonce::fulfilment::Endpoint;
use payonce::lambda::Request;
use payonce::stripe;

/// Where Stripe may have been told to post; the first is ours, the others are of the systems this one replaces.
pub const PATHS: [&str; 6] = [
    "/v1/payments/webhooks/stripe",
    "/v1/webhooks/stripe",
    "/api/billing/webhooks/stripe",
    "/api/billing/webhook",
    "/api/billing/stripe/webhook",
    "/",
];

/// Answers one request.
pub async fn handle(endpoint: &Endpoint, request: Request) -> Answer {
    endpoint
        .handle(&request, &PATHS, |request, secrets| {
            let signature = request.header("stripe-signature").map(str::as_bytes);
            let verified = stripe::verify(request.body.clone(), signature, secrets, request.now)?;
            Ok(stripe::read(verified)?)
        })
        .await
}
