//! checkout: what a shop front and a merchant's backend call to be paid.
use payonce::answer::Answer;
use payonce::checkout::Endpoint;
use payonce::lambda::{Request, Route};

/// What this function answers, and every code it refuses with: served, and what its tests hold it to.
pub const OPENAPI: &str = include_str!("../openapi.json");

#[derive(Clone, Copy)]
enum Call {
    Quote,
    Open,
    Confirm,
    SandboxPay,
    Show,
    Describe,
}

/// The last one of the paths that open is of a system this one replaces.
const CALLS: [(&str, &str, Call); 7] = [
    ("POST", "/v1/checkout/quote", Call::Quote),
    ("POST", "/v1/checkout", Call::Open),
    ("POST", "/v1/checkout/confirm", Call::Confirm),
    ("POST", "/v1/checkout/sandbox-pay", Call::SandboxPay),
    ("GET", "/v1/checkout/{}", Call::Show),
    ("GET", "/v1/openapi.json", Call::Describe),
    ("POST", "/api/billing/checkout-session", Call::Open),
];

/// Answers one request.
pub async fn handle(endpoint: &Endpoint, request: Request) -> Answer {
    let answered = match request.route(CALLS) {
        Route::Call(Call::Quote) => endpoint.quote(&request).await,
        Route::Call(Call::Open) => endpoint.open(&request).await,
        Route::Call(Call::Confirm) => endpoint.confirm(&request).await,
        Route::Call(Call::SandboxPay) => endpoint.sandbox_pay(&request).await,
        Route::Call(Call::Show) => endpoint.show(&request).await,
        Route::Call(Call::Describe) => return Answer::document("application/json", OPENAPI),
        Route::Meta => return Answer::meta(endpoint.stack()),
        Route::Health => return Answer::healthy(),
        Route::Refused(failure) => Err(failure),
    };
    answered.unwrap_or_else(|failure| Answer::failed(&request.id, &failure))
}
