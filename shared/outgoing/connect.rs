//! How a connection to a provider is made: TLS, and one time limit over all of it.
//!
//! hyper-util's client with hyper-rustls, not reqwest: the runtime of Lambda brings hyper-util along, so this is one new
//! crate and no URL, proxy, cookie or redirect machinery that would have to be switched off.
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

/// Name resolution, TCP and TLS together. Who is not connected by then was not asked: nothing happened.
const CONNECT_WITHIN: Duration = Duration::from_millis(1_500);
/// Providers close an idle connection after a minute or so; one that they just closed costs a call whose outcome is unknown.
const IDLE_AT_MOST: Duration = Duration::from_secs(15);
/// An instance asks one thing at a time; a sweep a few.
const IDLE_CONNECTIONS: usize = 4;

/// A pool of connections over which requests go out.
pub(crate) type Http = Client<Connector, Full<Bytes>>;

/// Makes connections, plain or TLS, within [`CONNECT_WITHIN`].
#[derive(Clone)]
pub(crate) struct Connector(HttpsConnector<HttpConnector>);

/// A client that has connected to nobody yet. TLS by rustls with ring, against the public roots.
pub(crate) fn client() -> Result<Http, String> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    // Shared among the addresses of a name, so that a dead one leaves time for the next.
    tcp.set_connect_timeout(Some(CONNECT_WITHIN));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    Ok(Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE_AT_MOST)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build(Connector(connector.wrap_connector(tcp))))
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move {
            timeout(CONNECT_WITHIN, connecting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        })
    }
}
