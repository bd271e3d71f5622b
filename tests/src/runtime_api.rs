//! Lambda's Runtime API, as much of it as a function sees, and one real function process under it.
//!
//! One server a process, as in Lambda: it hands out one invocation at a time and takes the answer. A process that dies
//! takes its invocation with it; the caller learns that it is [`Gone`].
use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Clock, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use payonce::inbox::Provider;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::signed;

/// The process ended, or never answered, while it held the invocation.
#[derive(Debug)]
pub struct Gone;

/// What a function URL would give back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// By lower-case name.
    pub headers: Value,
    /// The JSON document; null where the answer has no body.
    pub body: Value,
    /// From the invocation to the answer.
    pub took: Duration,
}

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A function's process and the Runtime API it talks to.
pub struct Instance {
    process: Child,
    server: JoinHandle<()>,
    work: mpsc::UnboundedSender<Invocation>,
}

struct Invocation {
    payload: Bytes,
    timeout: Duration,
    reply: oneshot::Sender<Result<Value, Value>>,
}

/// Answers owed, by request id.
type Owed = Arc<Mutex<HashMap<String, oneshot::Sender<Result<Value, Value>>>>>;

impl Instance {
    /// Starts `binary` with exactly these settings; its log goes to `log`.
    pub async fn start(binary: &Path, settings: &[(String, String)], log: Option<&Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (work, queue) = mpsc::unbounded_channel();
        let server = tokio::spawn(serve(listener, Arc::new(tokio::sync::Mutex::new(queue)), Owed::default()));
        let output = |path: Option<&Path>| match path {
            Some(path) => {
                let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
                Stdio::from(file.expect("the log file"))
            }
            None => Stdio::null(),
        };
        let process = Command::new(binary)
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", binary.file_name().expect("a name"))
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
            .stdout(output(log))
            .stderr(output(log))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        Self { process, server, work }
    }

    /// Invokes the function and waits for its answer; `Err(Gone)` when the process dies or is silent beyond `timeout`.
    /// The outer `Ok` holds `Ok` for a response and `Err` for an error that the function reported.
    pub async fn invoke(&self, payload: &Value, timeout: Duration) -> Result<Result<Value, Value>, Gone> {
        let (reply, answer) = oneshot::channel();
        let payload = Bytes::from(payload.to_string());
        self.work.send(Invocation { payload, timeout, reply }).map_err(|_| Gone)?;
        match tokio::time::timeout(timeout, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Gone),
        }
    }

    /// Invokes it as its function URL does, and reads the answer; one that is not a response ends the test.
    pub async fn request(&self, invocation: &Value) -> Result<Reply, Gone> {
        let since = Clock::now();
        let reply = self.invoke(invocation, PATIENCE).await?;
        let took = since.elapsed();
        let reply = reply.unwrap_or_else(|error| panic!("not an answer but an error: {error}"));
        let body = reply["body"].as_str().expect("a body");
        Ok(Reply {
            status: reply["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            headers: reply["headers"].clone(),
            body: if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(body).expect("a JSON body")
            },
            took,
        })
    }

    /// POSTs `body` with `headers` to its first path.
    pub async fn post(&self, headers: Value, body: &str) -> Result<Reply, Gone> {
        let post = json!({ "http": { "method": "POST", "path": "/" } });
        let invocation = json!({
            "version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": headers, "requestContext": post,
            "body": body, "isBase64Encoded": false,
        });
        self.request(&invocation).await
    }

    /// Delivers an event signed by `provider` at this moment.
    pub async fn deliver(&self, provider: Provider, body: &str) -> Result<Reply, Gone> {
        self.post(signed(provider, body.as_bytes(), SystemTime::now()), body).await
    }

    /// SIGKILL: no goodbye.
    pub async fn kill(&mut self) {
        let _ = self.process.kill().await;
        self.server.abort();
    }

    /// Has the process ended by itself? Its exit status then.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    /// The process id.
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Queue = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>>;

/// Every connection's task ends with this one: an aborted server owes no answer any more, and its callers see it.
async fn serve(listener: TcpListener, queue: Queue, owed: Owed) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (queue, owed) = (queue.clone(), owed.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, queue.clone(), owed.clone()));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    queue: Queue,
    owed: Owed,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let steps: Vec<&str> = path.trim_start_matches("/2018-06-01/runtime/").split('/').collect();
    match (request.method(), steps.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => Ok(next(queue, owed).await),
        (&Method::POST, ["invocation", id, kind @ ("response" | "error")]) => {
            let body = request.into_body().collect().await?.to_bytes();
            let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            if let Some(reply) = owed.lock().expect("no panic holds it").remove(*id) {
                let _ = reply.send(if *kind == "response" { Ok(value) } else { Err(value) });
            }
            Ok(accepted())
        }
        _ => {
            let _ = request.into_body().collect().await?;
            Ok(accepted())
        }
    }
}

/// Waits for work and hands it over. A function that is killed here has taken none.
async fn next(queue: Queue, owed: Owed) -> Response<Full<Bytes>> {
    let Some(Invocation { payload, timeout, reply }) = queue.lock().await.recv().await else {
        return accepted();
    };
    let id = Uuid::now_v7().to_string();
    owed.lock().expect("no panic holds it").insert(id.clone(), reply);
    let deadline = SystemTime::now() + timeout;
    let deadline_ms = deadline.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:000000000000:function:test")
        .header(
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        )
        .body(Full::new(payload))
        .expect("a response")
}

fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}
