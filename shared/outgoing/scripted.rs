//! A provider that says what a test tells it to: one turn a request, whatever was asked.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// A whole answer: status, further header lines, body.
    Answer(u16, &'static str, Vec<u8>),
    /// The same, and the connection closes behind it, unannounced.
    Leave(u16, Vec<u8>),
    /// A 200 that breaks off in its body.
    Cut,
    /// No answer: the connection closes.
    Drop,
    /// No answer, ever.
    Hang,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// `POST /v1/refunds`
    pub(crate) line: String,
    /// Header lines, lower-case.
    pub(crate) head: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct Minutes {
    turns: VecDeque<Turn>,
    heard: Vec<Heard>,
    connections: usize,
}

/// Listens until it is dropped.
pub(crate) struct Scripted {
    /// `http://127.0.0.1:<port>`
    pub(crate) base: String,
    minutes: Arc<Mutex<Minutes>>,
    listening: JoinHandle<()>,
}

pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Turn {
    Turn::Answer(200, "", body.into())
}

pub(crate) fn status(status: u16, body: &str) -> Turn {
    Turn::Answer(status, "", body.into())
}

/// A deadline that far from now.
pub(crate) fn within(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

impl Scripted {
    /// With these turns; once they are over it answers 418.
    pub(crate) async fn new(turns: impl IntoIterator<Item = Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let minutes =
            Arc::new(Mutex::new(Minutes { turns: turns.into_iter().collect(), ..Minutes::default() }));
        let shared = minutes.clone();
        let listening = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                connections.spawn(converse(stream, shared.clone()));
            }
        });
        Self { base, minutes, listening }
    }

    /// Every request so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.minutes.lock().unwrap().heard.clone()
    }

    /// Their first lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.line).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.minutes.lock().unwrap().connections
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(mut stream: TcpStream, minutes: Arc<Mutex<Minutes>>) {
    while let Some(heard) = hear(&mut stream).await {
        let turn = {
            let mut minutes = minutes.lock().unwrap();
            minutes.heard.push(heard);
            minutes.turns.pop_front().unwrap_or(status(418, "{}"))
        };
        let (status, headers, body, leaves) = match turn {
            Turn::Answer(status, headers, body) => (status, headers, body, false),
            Turn::Leave(status, body) => (status, "", body, true),
            Turn::Cut => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
                return;
            }
            Turn::Drop => return,
            Turn::Hang => std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} Said\r\n{headers}content-length: {}\r\n\r\n", body.len());
        if stream.write_all(head.as_bytes()).await.is_err()
            || stream.write_all(&body).await.is_err()
            || leaves
        {
            return;
        }
    }
}

async fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        bytes.push(stream.read_u8().await.ok()?);
    };
    let head = String::from_utf8(bytes[..head_ends].to_vec()).unwrap();
    let (line, head) = head.split_once("\r\n").unwrap();
    let line = line.strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let mut headers = Vec::new();
    let mut length = 0;
    for header in head.split("\r\n") {
        let (name, value) = header.split_once(": ").unwrap();
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.parse().unwrap();
        }
        headers.push(format!("{name}: {value}"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Heard { line, head: headers.join("\n"), body: String::from_utf8(body).unwrap() })
}
