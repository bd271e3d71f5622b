//! A proxy before the database: counts round trips and bytes, delays them, or hangs.
//!
//! A round trip is a turn from the server's words to the client's: everything the client sends before it hears back is one.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// As PgBouncer words it: without the severity for machines.
const TERMINATED: &[u8] = b"E\0\0\0\x2bSFATAL\0C57P01\0Mterminating connection\0\0";

/// A proxy to one address.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    round_trips: AtomicU64,
    bytes: AtomicU64,
    hangs: AtomicBool,
    ends_sessions: AtomicU64,
    loses_words: AtomicU64,
    loses_answers: AtomicU64,
    cut: Notify,
}

impl Proxy {
    /// Listens on a port of its own and forwards to `target` (`127.0.0.1:5432`).
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(State::default());
        let (target, shared) = (target.to_owned(), state.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(&target).await {
                    tokio::spawn(forward(client, server, shared.clone()));
                }
            }
        });
        Self { port, state, task }
    }

    /// Round trips so far.
    pub fn round_trips(&self) -> u64 {
        self.state.round_trips.load(Ordering::SeqCst)
    }

    /// Bytes that clients sent so far.
    pub fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::SeqCst)
    }

    /// Closes every connection; new ones get through.
    pub fn cut(&self) {
        self.state.cut.notify_waiters();
    }

    /// The next `times` that a client speaks, it is told that its session was terminated, and the connection not yet closed.
    pub fn end_sessions(&self, times: u64) {
        self.state.ends_sessions.store(times, Ordering::SeqCst);
    }

    /// The next `times` that a client speaks, its connection breaks before the server hears it.
    pub fn lose_words(&self, times: u64) {
        self.state.loses_words.store(times, Ordering::SeqCst);
    }

    /// The next `times` that the server answers, the connection breaks before its client hears it.
    pub fn lose_answers(&self, times: u64) {
        self.state.loses_answers.store(times, Ordering::SeqCst);
    }

    /// From now on nothing gets through, and nobody is told.
    pub fn hang(&self) {
        self.state.hangs.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(mut client: TcpStream, mut server: TcpStream, state: Arc<State>) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    let mut clients_turn = true;
    loop {
        tokio::select! {
            () = state.cut.notified() => return,
            read = client.read(&mut from_client) => {
                let Ok(size @ 1..) = read else { return };
                state.bytes.fetch_add(size as u64, Ordering::SeqCst);
                if clients_turn {
                    state.round_trips.fetch_add(1, Ordering::SeqCst);
                }
                clients_turn = false;
                if state.hangs.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
                if is_due(&state.ends_sessions) {
                    let _ = client.write_all(TERMINATED).await;
                    std::future::pending::<()>().await;
                }
                if is_due(&state.loses_words) { return }
                if server.write_all(&from_client[..size]).await.is_err() { return }
            }
            read = server.read(&mut from_server) => {
                let Ok(size @ 1..) = read else { return };
                clients_turn = true;
                if is_due(&state.loses_answers) { return }
                if client.write_all(&from_server[..size]).await.is_err() { return }
            }
        }
    }
}

/// Counts down to nothing.
fn is_due(times: &AtomicU64) -> bool {
    times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}
