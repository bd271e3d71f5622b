use std::time::Duration;

use tokio::net::TcpListener;

use super::fault::fit_for_a_log;
use super::scripted::{Scripted, Turn, ok, status, within};
use super::*;

const SECRET: &str = "sk_test_hush";

fn said(body: &[u8]) -> Option<Said> {
    let text = std::str::from_utf8(body).ok()?;
    let (code, words) = text.split_once('|')?;
    Some(Said { code: code.into(), words: words.into(), key_spent: code == "spent" })
}

fn line(base: &str) -> Line {
    Line::new(base, SECRET, "Bearer sk_test_hush", said).unwrap()
}

fn get() -> Call {
    Call::get("/v1/things", &[])
}

fn post() -> Call {
    Call::post("/v1/things", "text/plain", "a=1".into())
}

fn keyed() -> Call {
    post().once_by("idempotency-key", "key-1")
}

/// What came of `call` when the provider took these turns, and how often it was asked.
async fn after(turns: &[Turn], call: &Call, ms: u64) -> (Result<Bytes, Fault>, usize) {
    let provider = Scripted::new(turns.iter().cloned()).await;
    let outcome = line(&provider.base).send(within(ms), call).await;
    (outcome, provider.heard().len())
}

fn kind(outcome: &Result<Bytes, Fault>) -> &'static str {
    match outcome {
        Ok(_) => "answer",
        Err(Fault::Refused { .. }) => "refused",
        Err(Fault::Unavailable { .. }) => "unavailable",
        Err(Fault::Unknown { answered: false, .. }) => "unknown",
        Err(Fault::Unknown { answered: true, .. }) => "unknown, answered",
    }
}

#[tokio::test]
async fn a_call_carries_the_key_says_who_we_are_and_keeps_its_connection() {
    let provider = Scripted::new([ok("{}"), ok("{}")]).await;
    let line = line(&format!("{}/", provider.base)).with("stripe-version", "2025-03-31.basil");
    line.send(within(2_000), &keyed()).await.unwrap();
    let call = Call::get("/v1/things", &[("created[gte]", "7"), ("receipt", "a b&c")]);
    line.send(within(2_000), &call).await.unwrap();
    let heard = provider.heard();
    assert_eq!(heard[0].line, "POST /v1/things");
    assert_eq!(heard[0].body, "a=1");
    for header in [
        "authorization: Bearer sk_test_hush",
        "stripe-version: 2025-03-31.basil",
        "idempotency-key: key-1",
        "content-type: text/plain",
        concat!("user-agent: payonce/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(heard[0].head.lines().any(|line| line == header), "{header}: {}", heard[0].head);
    }
    assert_eq!(heard[1].line, "GET /v1/things?created%5Bgte%5D=7&receipt=a%20b%26c");
    assert_eq!(provider.connections(), 1);
}

#[tokio::test]
async fn a_connection_closed_behind_an_answer_is_replaced_even_for_a_call_that_is_never_repeated() {
    let provider = Scripted::new([Turn::Leave(200, b"{}".into()), ok("{}")]).await;
    let line = line(&provider.base);
    line.send(within(2_000), &post()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    line.send(within(2_000), &post()).await.unwrap();
    assert_eq!((provider.heard().len(), provider.connections()), (2, 2));
}

#[tokio::test]
async fn every_way_to_miss_an_answer_says_what_may_have_happened() {
    let unread = "a way that was not told";
    let miss = |how: u16| match how {
        0 => Turn::Drop,
        1 => Turn::Cut,
        2 => Turn::Hang,
        3 => ok(vec![b' '; MAX_ANSWER_BYTES + 1]),
        how => status(how, unread),
    };
    // Of a GET, of a POST that is never repeated, and how often each was asked.
    for (how, get_kind, gets, post_kind) in [
        (0, "unavailable", 3, "unknown"),
        (1, "unavailable", 3, "unknown"),
        (2, "unavailable", 1, "unknown"),
        (3, "unavailable", 3, "unknown"),
        (204, "answer", 1, "answer"),
        (302, "unavailable", 1, "unknown"),
        (400, "refused", 1, "refused"),
        (401, "refused", 1, "refused"),
        (402, "refused", 1, "refused"),
        (404, "refused", 1, "refused"),
        (408, "unavailable", 3, "unknown"),
        (409, "unavailable", 3, "unavailable"),
        (429, "unavailable", 3, "unavailable"),
        (500, "unavailable", 3, "unknown, answered"),
        (503, "unavailable", 3, "unknown, answered"),
    ] {
        let turns = [miss(how), miss(how), miss(how), miss(how)];
        let ms = if how == 2 { 300 } else { 3_000 };
        let (outcome, asked) = after(&turns, &get(), ms).await;
        assert_eq!((kind(&outcome), asked), (get_kind, gets), "GET {how}: {outcome:?}");
        let (outcome, asked) = after(&turns, &post(), ms).await;
        assert_eq!((kind(&outcome), asked), (post_kind, 1), "POST {how}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_call_with_a_key_is_repeated_as_it_was_until_it_is_answered() {
    let provider = Scripted::new([Turn::Drop, status(500, ""), ok("done")]).await;
    let answer = line(&provider.base).send(within(3_000), &keyed()).await.unwrap();
    assert_eq!(answer, "done");
    let heard = provider.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|again| again.body == "a=1" && again.head.contains("idempotency-key: key-1")));
}

#[tokio::test]
async fn after_an_unknown_outcome_only_an_answer_settles_it() {
    for (turns, expect) in [
        (vec![Turn::Drop, status(400, "taken|already")], "unknown"),
        (vec![Turn::Drop, status(409, ""), status(409, "")], "unknown"),
        (vec![status(500, ""), status(404, "")], "unknown, answered"),
        (vec![status(500, ""), Turn::Drop, Turn::Drop], "unknown"),
        (vec![Turn::Drop, Turn::Drop, status(500, "")], "unknown, answered"),
        (vec![status(409, ""), status(400, "")], "refused"),
        (vec![status(400, "spent|on something else")], "unknown, answered"),
        (vec![status(429, ""), Turn::Drop, ok("")], "answer"),
    ] {
        let (outcome, asked) = after(&turns, &keyed(), 3_000).await;
        assert_eq!((kind(&outcome), asked), (expect, turns.len()), "{turns:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_provider_s_wish_to_wait_is_kept_or_ends_the_call() {
    let busy = |wish| Turn::Answer(429, wish, Vec::new());
    let since = Instant::now();
    let (outcome, asked) = after(&[busy("retry-after: 1\r\n"), ok("")], &get(), 3_000).await;
    assert_eq!((kind(&outcome), asked), ("answer", 2));
    assert!(since.elapsed() >= Duration::from_secs(1));
    for wish in ["retry-after: 3\r\n", "retry-after: 18446744073709551615\r\n"] {
        let since = Instant::now();
        let (outcome, asked) = after(&[busy(wish), ok("")], &get(), 9_000).await;
        assert_eq!((kind(&outcome), asked), ("unavailable", 1), "{wish}");
        assert!(since.elapsed() < Duration::from_secs(1));
    }
    for wish in ["retry-after: soon\r\n", "retry-after: -1\r\n"] {
        let (outcome, asked) = after(&[busy(wish), ok("")], &get(), 3_000).await;
        assert_eq!((kind(&outcome), asked), ("answer", 2), "{wish}");
    }
}

#[tokio::test]
async fn the_deadline_bounds_every_try_and_every_pause() {
    let since = Instant::now();
    let (outcome, asked) = after(&[Turn::Hang, ok("")], &keyed(), 250).await;
    assert_eq!((kind(&outcome), asked), ("unknown", 1));
    assert!(since.elapsed() < Duration::from_millis(400));
    let (outcome, asked) = after(&[status(503, ""), ok("")], &keyed(), 120).await;
    assert_eq!((kind(&outcome), asked), ("unknown, answered", 1));
    let (outcome, asked) = after(&[ok("")], &keyed(), 0).await;
    assert_eq!((kind(&outcome), asked), ("unavailable", 0));
}

#[tokio::test]
async fn who_is_not_reached_was_not_asked() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    // Takes connections and never says a word of TLS.
    let mute = line(&format!("https://127.0.0.1:{port}")).send(within(4_000), &post()).await;
    assert_eq!(kind(&mute), "unavailable", "{mute:?}");
    drop(nobody);
    for base in [format!("http://127.0.0.1:{port}"), format!("https://127.0.0.1:{port}")] {
        let outcome = line(&base).send(within(3_000), &post()).await;
        assert_eq!(kind(&outcome), "unavailable", "{outcome:?}");
    }
    let plain = Scripted::new([]).await;
    let tls = plain.base.replace("http:", "https:");
    let outcome = line(&tls).send(within(3_000), &post()).await;
    assert_eq!(kind(&outcome), "unavailable", "no TLS there: {outcome:?}");
    let outcome = line("no url").send(within(3_000), &post()).await;
    assert_eq!(kind(&outcome), "refused", "{outcome:?}");
}

#[tokio::test]
async fn no_fault_quotes_the_key_an_address_or_a_whole_body() {
    let words = format!("bad_key|Invalid key {SECRET} of <mira@example.com>\r\nx-y: {}", "long ".repeat(900));
    for code in [400, 429, 500] {
        let (outcome, _) = after(&[status(code, &words)], &post(), 2_000).await;
        let told = format!("{0:?} {0}", outcome.unwrap_err());
        assert!(told.contains("bad_key") && told.contains("[secret]"), "{told}");
        for never in [SECRET, "mira", "\n", "\\n"] {
            assert!(!told.contains(never), "{never}: {told}");
        }
        assert!(told.len() < 700, "{}", told.len());
    }
    assert_eq!(fit_for_a_log("a\0b\u{85}c", ""), "a b c");
    assert!(Line::new("http://x", "a", "Bearer a\nb", said).is_err());
}

#[test]
fn a_form_has_every_byte_that_means_something_escaped() {
    let fields = [("a[b][c]", "1 000 €"), ("d", "&=+%?#/\r\n\0"), ("e", ""), ("f", "A-z_0.9~")];
    let expect = "a%5Bb%5D%5Bc%5D=1%20000%20%E2%82%AC&d=%26%3D%2B%25%3F%23%2F%0D%0A%00&e=&f=A-z_0.9~";
    assert_eq!(form(&fields), expect);
    assert_eq!(form(&[("", ""); 0]), "");
}

#[test]
fn a_pause_grows_and_is_never_longer_than_its_most() {
    for attempt in 0..3 {
        let most = FIRST_PAUSE * 2_u32.pow(attempt);
        for _ in 0..200 {
            let pause = pause(attempt);
            assert!(pause >= most / 2 && pause <= most, "{attempt}: {pause:?}");
        }
    }
}
