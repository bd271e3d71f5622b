//! A call over HTTP, answered with whatever status.
use std::time::Duration;

use anyhow::{Context, Result};
use ureq::http::StatusCode;

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

/// Posts `body`; no redirect is followed.
pub(crate) fn post(
    url: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
    within: Duration,
) -> Result<Reply> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(within))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let mut request = ureq::Agent::new_with_config(config).post(url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let mut response = request
        .send(body)
        .with_context(|| format!("no answer from {url}: are the functions up (make up)?"))?;
    let text = response.body_mut().read_to_string().context("the answer is not text")?;
    Ok(Reply { status: response.status(), text })
}
