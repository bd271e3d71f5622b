//! Lambda's Runtime API for many instances in one thread, as lean as it can be: it shares the machine with what it
//! measures. Invocations are written beforehand; while the clock runs it copies bytes and notes times.
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What one batch of invocations came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// From the first invocation handed out to the last answer.
    pub(crate) elapsed: Duration,
    /// Of each invocation, from handing it out to its answer, shortest first.
    pub(crate) took: Vec<Duration>,
}

/// The work of one fleet: whoever asks gets the next invocation.
#[derive(Default)]
pub(crate) struct Desk {
    state: RefCell<State>,
    work: Notify,
    done: Notify,
    /// When an instance first asked for work: its start is over.
    ready: Cell<Option<Instant>>,
}

#[derive(Default)]
struct State {
    batch: Rc<[String]>,
    /// Of the instances, so many from the first on are given work.
    active: usize,
    next: usize,
    first: Option<Instant>,
    last: Option<Instant>,
    took: Vec<Duration>,
    complaint: Option<String>,
}

impl Desk {
    /// Hands `batch` to the first `active` instances. An answer other than 200 ends it with what was said.
    pub(crate) async fn deal(&self, batch: Rc<[String]>, active: usize) -> Result<Outcome, String> {
        let count = batch.len();
        *self.state.borrow_mut() =
            State { batch, active, took: Vec::with_capacity(count), ..State::default() };
        self.work.notify_waiters();
        loop {
            let done = self.done.notified();
            {
                let mut state = self.state.borrow_mut();
                if let Some(complaint) = state.complaint.take() {
                    return Err(complaint);
                }
                if state.took.len() == count {
                    let mut took = std::mem::take(&mut state.took);
                    took.sort_unstable();
                    let elapsed =
                        state.last.zip(state.first).map_or(Duration::ZERO, |(last, first)| last - first);
                    state.batch = Rc::default();
                    state.next = 0;
                    return Ok(Outcome { elapsed, took });
                }
            }
            if tokio::time::timeout(Duration::from_secs(120), done).await.is_err() {
                let state = self.state.borrow();
                return Err(format!(
                    "{} of {count} answered, then silence for two minutes",
                    state.took.len()
                ));
            }
        }
    }

    /// When an instance first asked for work.
    pub(crate) fn ready(&self) -> Option<Instant> {
        self.ready.get()
    }

    /// Serves the Runtime API to the instance `number`; returns its address.
    pub(crate) async fn serve(self: &Rc<Self>, number: usize) -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let desk = self.clone();
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = desk.clone();
                tokio::task::spawn_local(async move { desk.talk(stream, number).await });
            }
        });
        Ok(address)
    }

    async fn talk(&self, mut stream: TcpStream, number: usize) {
        let _ = stream.set_nodelay(true);
        let (mut read, mut written) = (Vec::with_capacity(8_192), Vec::with_capacity(8_192));
        let mut since = None;
        while let Some(request) = Request::read(&mut stream, &mut read).await {
            written.clear();
            if request.asks_for_work {
                self.ready.set(self.ready.get().or_else(|| Some(Instant::now())));
                let index = self.next(number).await;
                self.write_invocation(index, &mut written);
                since = Some(Instant::now());
                self.state.borrow_mut().first.get_or_insert_with(Instant::now);
            } else {
                if let Some(since) = since.take() {
                    self.note(since, &request);
                } else if request.is_error {
                    self.complain(&request.body);
                }
                written.extend_from_slice(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
            }
            if stream.write_all(&written).await.is_err() {
                return;
            }
        }
    }

    async fn next(&self, number: usize) -> usize {
        loop {
            let work = self.work.notified();
            {
                let mut state = self.state.borrow_mut();
                if number < state.active && state.next < state.batch.len() {
                    state.next += 1;
                    return state.next - 1;
                }
            }
            work.await;
        }
    }

    fn write_invocation(&self, index: usize, to: &mut Vec<u8>) {
        use std::io::Write;
        let state = self.state.borrow();
        let payload = &state.batch[index];
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let deadline = (now + Duration::from_secs(10)).as_millis();
        let _ = write!(
            to,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
             lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-{index:012x}\r\n\
             lambda-runtime-deadline-ms: {deadline}\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:000000000000:function:bench\r\n\
             lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\
             content-length: {}\r\n\r\n{payload}",
            payload.len()
        );
    }

    fn note(&self, since: Instant, request: &Request) {
        let now = Instant::now();
        if request.is_error || status(&request.body) != Some(200) {
            self.complain(&request.body);
            return;
        }
        let mut state = self.state.borrow_mut();
        state.took.push(now - since);
        state.last = Some(now);
        if state.took.len() == state.batch.len() {
            self.done.notify_one();
        }
    }

    fn complain(&self, body: &[u8]) {
        let said = String::from_utf8_lossy(body).chars().take(500).collect();
        self.state.borrow_mut().complaint = Some(said);
        self.done.notify_one();
    }
}

/// What a runtime said, as much of it as matters.
struct Request {
    asks_for_work: bool,
    is_error: bool,
    body: Vec<u8>,
}

impl Request {
    /// Reads one request; `None` when the connection ended. `read` keeps what was read beyond it.
    async fn read(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Self> {
        let end = loop {
            if let Some(at) = find(read, b"\r\n\r\n") {
                break at + 4;
            }
            more(stream, read).await?;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        read.drain(..end);
        let length = head.split("content-length:").nth(1).and_then(|rest| rest.split("\r\n").next());
        let body = match length.and_then(|length| length.trim().parse::<usize>().ok()) {
            Some(length) => {
                while read.len() < length {
                    more(stream, read).await?;
                }
                read.drain(..length).collect()
            }
            None if head.contains("transfer-encoding: chunked") => chunks(stream, read).await?,
            None => Vec::new(),
        };
        let line = head.split("\r\n").next().unwrap_or_default();
        Some(Self { asks_for_work: line.starts_with("get "), is_error: line.contains("/error "), body })
    }
}

async fn chunks(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(at) = find(read, b"\r\n") {
                break at;
            }
            more(stream, read).await?;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&read[..line]).ok()?.trim(), 16).ok()?;
        while read.len() < line + 2 + size + 2 {
            more(stream, read).await?;
        }
        body.extend_from_slice(&read[line + 2..line + 2 + size]);
        read.drain(..line + 2 + size + 2);
        if size == 0 {
            return Some(body);
        }
    }
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    (stream.read_buf(read).await.ok()? > 0).then_some(())
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The `statusCode` of an answer, without reading the rest of it.
fn status(answer: &[u8]) -> Option<u16> {
    let at = find(answer, b"\"statusCode\"")? + b"\"statusCode\"".len();
    let digits = answer[at..]
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instance that speaks as Node does and as Python does: one answer in chunks, one with blanks in its JSON.
    async fn instance(address: String, answers: &[&str]) {
        let mut stream = TcpStream::connect(address).await.expect("the emulator");
        for answer in answers {
            stream
                .write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n")
                .await
                .expect("asked");
            let mut invocation = vec![0; 4_096];
            let size = stream.read(&mut invocation).await.expect("an invocation");
            assert!(invocation[..size].ends_with(b"{}"));
            stream.write_all(answer.as_bytes()).await.expect("answered");
            let size = stream.read(&mut invocation).await.expect("accepted");
            assert!(invocation[..size].starts_with(b"HTTP/1.1 202"));
        }
    }

    fn deal(answers: &[&str]) -> Result<Outcome, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let desk = Rc::new(Desk::default());
            let address = desk.serve(0).await.expect("a port");
            let batch = answers.iter().map(|_| "{}".to_owned()).collect();
            tokio::join!(desk.deal(batch, 1), instance(address, answers)).0
        })
    }

    const CHUNKED: &str = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
        8\r\n{\"status\r\nb\r\nCode\": 200}\r\n0\r\n\r\n";

    #[test]
    fn answers_are_counted_whole_or_in_chunks() {
        let whole = "POST /2018-06-01/runtime/invocation/2/response HTTP/1.1\r\nContent-Length: 18\r\n\r\n{\"statusCode\":200}";
        assert_eq!(deal(&[CHUNKED, whole]).expect("two answers").took.len(), 2);
    }

    #[test]
    fn an_answer_other_than_200_ends_the_batch() {
        let refused = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nContent-Length: 18\r\n\r\n{\"statusCode\":503}";
        assert_eq!(deal(&[refused]).expect_err("a 503"), "{\"statusCode\":503}");
        let error = "POST /2018-06-01/runtime/invocation/1/error HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(deal(&[error]).expect_err("an error"), "{}");
    }
}
