//! Function URLs over HTTP: what stands before functions on AWS, for the commands that call them.
//!
//! `http://127.0.0.1:PORT/<function>/<path>` invokes the real process of that function with payload format 2.0, one
//! request at a time, as its own URL would.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::{House, Instance};

/// Longer than any function takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The functions of a house behind one port, until it is dropped.
pub struct Front {
    address: SocketAddr,
    task: JoinHandle<()>,
}

type Functions = Arc<HashMap<String, Instance>>;

impl Front {
    /// Starts a process of each of these functions, with the settings of the house and these changes.
    pub async fn open(house: &House, functions: &[&str], changes: &[(&str, &str)]) -> Self {
        let mut started = HashMap::new();
        for function in functions {
            started.insert((*function).to_owned(), house.start(function, changes).await);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        Self { address, task: tokio::spawn(serve(listener, Arc::new(started))) }
    }

    /// For `FUNCTION_URL_BASE`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, functions: Functions) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let functions = functions.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, functions.clone()));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    functions: Functions,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (function, path) = head.uri.path().trim_start_matches('/').split_once('/').unwrap_or_default();
    let headers: HashMap<&str, &str> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let invocation = json!({
        "version": "2.0", "rawPath": format!("/{path}"), "rawQueryString": head.uri.query().unwrap_or_default(),
        "headers": headers, "body": String::from_utf8_lossy(&body), "isBase64Encoded": false,
        "requestContext": {
            "http": { "method": head.method.as_str(), "path": format!("/{path}"), "sourceIp": "127.0.0.1" },
        },
    });
    let answered = match functions.get(function) {
        Some(instance) => instance.invoke(&invocation, PATIENCE).await,
        None => Ok(Ok(json!({ "statusCode": 404, "body": "" }))),
    };
    Ok(match answered {
        Ok(Ok(reply)) => response(&reply),
        // What a function URL says of a function that broke.
        Ok(Err(_)) | Err(_) => response(&json!({ "statusCode": 502, "body": "Internal Server Error" })),
    })
}

fn response(reply: &Value) -> Response<Full<Bytes>> {
    let status = reply["statusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or(502_u16);
    let mut response = Response::builder().status(status);
    for (name, value) in reply["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = reply["body"].as_str().unwrap_or_default().to_owned();
    response.body(Full::new(Bytes::from(body))).expect("a response")
}
