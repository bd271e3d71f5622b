//! Razorpay's webhook: a signed event takes effect once.
use payonce::answer::Answer;
use payonce::fulfilment::Endpoint;
use payonce::lambda::Request;
use payonce::razorpay;

/// Where Razorpay may have been told to post; the first is ours, the others are of the systems this one replaces.
pub const PATHS: [&str; 4] =
    ["/v1/payments/webhooks/razorpay", "/v1/webhooks/razorpay", "/api/webhooks/razorpay", "/"];

/// Answers one request.
pub async fn handle(endpoint: &Endpoint, request: Request) -> Answer {
    endpoint
        .handle(&request, &PATHS, |request, secrets| {
            let signature = request.header("x-razorpay-signature").map(str::as_bytes);
            let event_id = request.header("x-razorpay-event-id");
            let verified = razorpay::verify(request.body.clone(), signature, event_id, secrets)?;
            Ok(razorpay::read(verified)?)
        })
        .await
}
