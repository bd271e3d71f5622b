//! A document left at an address that was given for it.
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Fault, MORE_TRIES, TRY_WITHIN, connect, fault, pause};

/// PUTs `document` to `url`, which is pre-signed: it holds its own permission, so it stands as it is, nothing quotes it,
/// and no header goes along that its signature does not know (S3's has an empty content type). Tried up to three times
/// before `deadline`; the second document replaces the first.
pub async fn put(url: &str, document: &str, deadline: Instant) -> Result<(), Fault> {
    let http = connect::client().map_err(Fault::unknown)?;
    let document = Bytes::copy_from_slice(document.as_bytes());
    let mut attempt = 0;
    loop {
        let request = Request::builder().method(Method::PUT).uri(url).header(header::ACCEPT, "*/*");
        let request = request
            .body(Full::from(document.clone()))
            .map_err(|_| Fault::not_asked("request_unusable", "not a URL one can ask"))?;
        let until = deadline.min(Instant::now() + TRY_WITHIN);
        let fault = match timeout_at(until, http.request(request)).await {
            Ok(Ok(answer)) if answer.status().is_success() => return Ok(()),
            Ok(Ok(answer)) => refused(answer.status()),
            Ok(Err(error)) => Fault::unknown(fault::fit_for_a_log(&fault::explain(&error), url)),
            Err(_) => Fault::unknown("no answer in time"),
        };
        let next = Instant::now() + pause(attempt);
        if attempt == MORE_TRIES || next >= deadline || matches!(fault, Fault::Refused { .. }) {
            return Err(fault);
        }
        sleep_until(next).await;
        attempt += 1;
    }
}

/// An expired permission stays expired; what is the server's own trouble may pass.
fn refused(status: StatusCode) -> Fault {
    match status.as_u16() {
        status @ (400..=407 | 409..=428 | 430..=499) => {
            Fault::Refused { status, code: "not_taken".into(), detail: String::new() }
        }
        status => Fault::unknown(format!("answered {status}")),
    }
}
