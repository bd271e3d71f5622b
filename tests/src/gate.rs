//! A gate before Secrets Manager: counts what is asked, and may be shut.
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Passage {
    /// It is answered.
    Open,
    /// The connection is closed.
    Shut,
    /// It is told that there were too many.
    Throttled,
}

/// A gate before one address, until it is dropped.
pub struct Gate {
    /// `http://127.0.0.1:<port>`
    pub base: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    values_asked: AtomicU64,
    passage: AtomicU8,
}

impl Gate {
    /// Opens one before `target` (`http://127.0.0.1:5000`).
    pub async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(State::default());
        let target = target.trim_start_matches("http://").to_owned();
        let task = tokio::spawn(serve(listener, target, state.clone()));
        Self { base, state, task }
    }

    /// How often a value was asked for.
    pub fn values_asked(&self) -> u64 {
        self.state.values_asked.load(Ordering::SeqCst)
    }

    /// From now on.
    pub fn is(&self, passage: Passage) {
        self.state.passage.store(passage as u8, Ordering::SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, target: String, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (target, state) = (target.clone(), state.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| pass(request, target.clone(), state.clone()));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// An error closes the connection without an answer.
async fn pass(
    request: Request<Incoming>,
    target: String,
    state: Arc<State>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    if request.headers().get("x-amz-target").is_some_and(|name| name == "secretsmanager.GetSecretValue") {
        state.values_asked.fetch_add(1, Ordering::SeqCst);
    }
    let passage = state.passage.load(Ordering::SeqCst);
    if passage == Passage::Shut as u8 {
        return Err(std::io::Error::other("shut"));
    }
    if passage == Passage::Throttled as u8 {
        let body = Bytes::from_static(br#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
        let mut answer = Response::new(Full::new(body));
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(answer);
    }
    let stream = TcpStream::connect(&target).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(std::io::Error::other)?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = head.status;
    answer.headers_mut().extend(head.headers.into_iter().filter_map(|(name, value)| {
        Some((name.filter(|name| name != "connection" && name != "transfer-encoding")?, value))
    }));
    Ok(answer)
}
