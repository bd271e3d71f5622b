//! Our HTTP client as the SDK wants one: no second TLS stack, no certificates read from disk at a cold start.
use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};

use crate::outgoing::{self, Http};

/// A secret has 64 KiB at most.
const MAX_ANSWER_BYTES: usize = 512 * 1024;

struct Line(Http);

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

/// What the SDK's configuration takes.
pub(super) fn client() -> Result<SharedHttpClient, String> {
    let line = SharedHttpConnector::new(Line(outgoing::http()?));
    Ok(http_client_fn(move |_, _| line.clone()))
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(send(http, request))
    }
}

async fn send(http: Http, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = Bytes::copy_from_slice(body.bytes().unwrap_or_default());
    let answer = http
        .request(http::Request::from_parts(head, Full::from(body)))
        .await
        .map_err(|error| ConnectorError::io(error.into()))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(ConnectorError::io)?;
    HttpResponse::try_from(http::Response::from_parts(head, SdkBody::from(body.to_bytes())))
        .map_err(|error| ConnectorError::other(error.into(), None))
}
