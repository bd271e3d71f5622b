//! The server below both fakes: it reads a request whole, counts it, and lets happen what a test planned for it.
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::faults::{Fault, Faults};
use super::form::Form;

/// A request.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Form,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
    /// Refused before anything began: an idempotency key does not remember it.
    pub(super) not_begun: bool,
}

impl Answered {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body, not_begun: false }
    }

    pub(super) fn not_begun(self) -> Self {
        Self { not_begun: true, ..self }
    }
}

/// What a provider does with a request, in this order.
pub(super) trait Provider: Send + 'static {
    /// The door: an answer when it goes no further (a wrong key, the same request again).
    fn begins(&mut self, asked: &Asked) -> Option<Answered>;
    /// The effect, and its answer.
    fn acts(&mut self, asked: &Asked) -> Answered;
    /// What is remembered of the effect, and of the answer given in its place when a fault has it so.
    fn ends(&mut self, asked: &Asked, effect: &Answered, answer: &Answered);
    /// How this provider words a failure of its own.
    fn fails(&self, status: u16) -> Answered;
}

/// Where a fake listens, who called, and what is to go wrong.
pub(super) struct Line {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    calls: Mutex<Vec<(String, String)>>,
    faults: Faults,
}

impl Line {
    /// Serves `provider` on a port of its own until it is dropped.
    pub(super) async fn open<P: Provider>(provider: Arc<Mutex<P>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(serve(listener, provider, shared.clone()));
        Self { address, shared, task }
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn calls(&self) -> Vec<(String, String)> {
        self.shared.calls.lock().expect("no panic holds it").clone()
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.shared.faults
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<P: Provider>(listener: TcpListener, provider: Arc<Mutex<P>>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (provider, shared) = (provider.clone(), shared.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, provider.clone(), shared.clone()));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// An error closes the connection without an answer.
async fn answer<P: Provider>(
    request: Request<Incoming>,
    provider: Arc<Mutex<P>>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let asked = Asked {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: Form::read(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers,
        body,
    };
    // In a task of its own: a caller who has gone does not undo what it asked for.
    let answered = tokio::spawn(handle(asked, provider, shared)).await.map_err(std::io::Error::other)?;
    let answered = answered.ok_or_else(|| std::io::Error::other("dropped, as planned"))?;
    let mut response =
        Response::builder().status(answered.status).header("content-type", "application/json; charset=utf-8");
    for (name, value) in answered.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(answered.body.to_string().into())).expect("a response"))
}

/// `None`: the connection is closed.
async fn handle<P: Provider>(asked: Asked, provider: Arc<Mutex<P>>, shared: Arc<Shared>) -> Option<Answered> {
    let call = (asked.method.to_string(), asked.path.clone());
    let fault = shared.faults.due(&call.0, &call.1);
    shared.calls.lock().expect("no panic holds it").push(call);
    let provider = || provider.lock().expect("no panic holds it");
    match fault {
        Some(Fault::DropBefore) => return None,
        Some(Fault::FailBefore(status)) => return Some(provider().fails(status)),
        _ => {}
    }
    let at_the_door = provider().begins(&asked);
    if let Some(Fault::Delay(long)) = fault {
        tokio::time::sleep(long).await;
    }
    let effect = at_the_door.clone().unwrap_or_else(|| provider().acts(&asked));
    if let Some(Fault::SlowAfter(long)) = fault {
        tokio::time::sleep(long).await;
    }
    let answer = match fault {
        Some(Fault::FailAfter(status)) => provider().fails(status),
        _ => effect.clone(),
    };
    if at_the_door.is_none() {
        provider().ends(&asked, &effect, &answer);
    }
    (fault != Some(Fault::DropAfter)).then_some(answer)
}
