//! The providers' official SDKs as judges: of what we sign and verify, and, as clients, of the fakes that our other
//! tests believe. The scripts are in `tests/sdk`; each runs in one Node process and talks to its test in lines of JSON.
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use payonce::secret::Ring;
use payonce::{razorpay, stripe};
use payonce_tests::providers::{Callback, FakeRazorpay, FakeStripe, Fault};
use payonce_tests::{environment, on_a_runtime};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const CURRENT: &str = "whsec_current_of_the_judges";
const PREVIOUS: &str = "whsec_previous_of_the_judges";
const STRANGER: &str = "whsec_of_somebody_else";

/// A script under Node, in the folder of the SDKs.
struct Script {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Script {
    fn run(name: &str) -> Self {
        let folder = environment("PAYONCE_TEST_SDK");
        let mut process = Command::new(Path::new(&folder).join("node"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk").join(name))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { process, input, output }
    }

    async fn tell(&mut self, value: &Value) {
        // A script that has failed is heard of by `hear`.
        let _ = self.input.write_all(format!("{value}\n").as_bytes()).await;
    }

    /// The next line; when there is none the script has failed, and says why.
    async fn hear(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(60), self.output.next_line()).await;
        if let Some(line) = line.expect("an answer in time").expect("UTF-8") {
            return serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        }
        let mut complaint = String::new();
        let stderr = self.process.stderr.as_mut().expect("its complaints");
        stderr.read_to_string(&mut complaint).await.expect("UTF-8");
        panic!("{complaint}");
    }

    /// Does what the script asks for until it says that it is done.
    async fn attend(&mut self, does: impl Fn(&str, &[Value]) -> Value) {
        loop {
            let said = self.hear().await;
            if said == "done" {
                return;
            }
            let words = said["words"].as_array().expect("words");
            let answer = does(said["verb"].as_str().expect("a verb"), words);
            self.tell(&answer).await;
        }
    }
}

fn bodies() -> Vec<String> {
    let large = format!(r#"{{"id":"evt_large","filler":"{}"}}"#, "ⓟ€a".repeat(30_000));
    assert!(large.len() > 200_000);
    [
        r#"{"id":"evt_1","object":"event"}"#,
        "{}",
        "[]",
        "{\r\n  \"id\": \"evt_2\",\r\n  \"object\": \"event\"\r\n}\r\n",
        "\n\t {\"id\":\"evt_3\"}  \n",
        r#"{"name":"Ananya ₹ 日本 🍵 é é","escaped":"\u00e9\u0000\ud83c\udf75"}"#,
        r#"{"t":"t=1,v1=0000","dots":"1.2.3","twice":1,"twice":2}"#,
        &large,
    ]
    .map(str::to_owned)
    .into()
}

fn secrets() -> Ring {
    Ring::new([("current", CURRENT), ("previous", PREVIOUS)])
}

/// The text with one bit of one byte other, still text.
fn flipped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1;
    String::from_utf8(bytes).expect("ASCII")
}

#[test]
fn stripes_sdk_and_we_accept_each_others_signatures_and_refuse_the_same() {
    on_a_runtime(async {
        let now = SystemTime::now();
        let unix = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let v1 = |body: &str, secret| {
            stripe::sign(body.as_bytes(), secret, now).split_once(',').expect("t and v1").1.to_owned()
        };
        let mut judged: Vec<(String, String, bool)> = Vec::new();
        for body in bodies() {
            let header = stripe::sign(body.as_bytes(), CURRENT, now);
            judged.push((body.clone(), header.clone(), true));
            let rolled = format!("t={unix},{},{}", v1(&body, PREVIOUS), v1(&body, CURRENT));
            judged.push((body.clone(), rolled, true));
            let beside = format!("t={unix},{},{},v0=abc", v1(&body, STRANGER), v1(&body, CURRENT));
            judged.push((body.clone(), beside, true));
            judged.push((body.clone(), stripe::sign(body.as_bytes(), STRANGER, now), false));
            let late = now - Duration::from_secs(302);
            judged.push((body.clone(), stripe::sign(body.as_bytes(), CURRENT, late), false));
            let (first, last) = (header.find("v1=").expect("v1") + 3, header.len() - 1);
            for at in [first, (first + last) / 2, last] {
                judged.push((body.clone(), flipped(&header, at), false));
            }
            judged.push((body.clone(), flipped(&header, first - 5), false));
            let quote = body.find(['"', '}', ']']).expect("punctuation");
            judged.push((flipped(&body, quote), header.clone(), false));
            judged.push((format!("{body} "), header, false));
        }
        let signed_by = [(CURRENT, "current"), (PREVIOUS, "previous"), (STRANGER, "")];
        let mut to_sign = Vec::new();
        for body in bodies() {
            to_sign.extend(signed_by.map(|(secret, version)| (body.clone(), secret, version)));
        }
        let mut script = Script::run("stripe_signatures.mjs");
        let judge = judged
            .iter()
            .map(|(body, header, _)| json!({ "body": body, "header": header, "secret": CURRENT }));
        let sign = to_sign
            .iter()
            .map(|(body, secret, _)| json!({ "body": body, "secret": secret, "timestamp": unix }));
        script
            .tell(&json!({ "judge": judge.collect::<Vec<Value>>(), "sign": sign.collect::<Vec<Value>>() }))
            .await;
        let said = script.hear().await;

        let ours = |body: &str, header: &str, ring: &Ring| {
            stripe::verify(Bytes::copy_from_slice(body.as_bytes()), Some(header.as_bytes()), ring, now)
        };
        let alone = Ring::new([("current", CURRENT)]);
        for (at, (body, header, good)) in judged.iter().enumerate() {
            let theirs = if *good { "accepted" } else { "StripeSignatureVerificationError" };
            assert_eq!(said["verdicts"][at], theirs, "case {at}: {header}");
            assert_eq!(ours(body, header, &alone).is_ok(), *good, "case {at}: {header}");
        }
        for (at, (body, _, version)) in to_sign.iter().enumerate() {
            let header = said["headers"][at].as_str().expect("a header");
            assert_eq!(ours(body, header, &secrets()).is_ok(), !version.is_empty(), "{version}: {header}");
        }
    });
}

#[test]
fn razorpays_sdk_and_we_accept_each_others_signatures_and_refuse_the_same() {
    on_a_runtime(async {
        let mut webhooks: Vec<(String, String, bool)> = Vec::new();
        for body in bodies() {
            let signature = razorpay::sign(body.as_bytes(), CURRENT);
            webhooks.push((body.clone(), signature.clone(), true));
            webhooks.push((body.clone(), flipped(&signature, 0), false));
            webhooks.push((body.clone(), flipped(&signature, 63), false));
            webhooks.push((body.clone(), razorpay::sign(body.as_bytes(), STRANGER), false));
            webhooks.push((format!("{body} "), signature, false));
        }
        let callbacks = callbacks();
        let mut script = Script::run("razorpay_signatures.mjs");
        let asked = json!({
            "webhooks": webhooks.iter().map(|(body, signature, _)| {
                json!({ "body": body, "signature": signature, "secret": CURRENT })
            }).collect::<Vec<Value>>(),
            "callbacks": callbacks.iter().map(|(made, _, _)| json!({
                "order_id": made.order_id, "payment_id": made.payment_id, "signature": made.signature, "secret": CURRENT,
            })).collect::<Vec<Value>>(),
            "sign": bodies().into_iter().map(|text| json!({ "text": text, "secret": PREVIOUS })).collect::<Vec<Value>>(),
        });
        script.tell(&asked).await;
        let said = script.hear().await;

        let ours = |body: &str, signature: &str, ring: &Ring| {
            let body = Bytes::copy_from_slice(body.as_bytes());
            razorpay::verify(body, Some(signature.as_bytes()), None, ring).is_ok()
        };
        let alone = Ring::new([("current", CURRENT)]);
        for (at, (body, signature, good)) in webhooks.iter().enumerate() {
            assert_eq!(said["webhooks"][at], *good, "webhook {at}");
            assert_eq!(ours(body, signature, &alone), *good, "webhook {at}");
        }
        let brought = |made: &Callback, ring: &Ring| {
            razorpay::verify_checkout(&made.order_id, &made.payment_id, &made.signature, ring)
        };
        for (at, (callback, theirs, takes)) in callbacks.iter().enumerate() {
            assert_eq!(said["callbacks"][at], *theirs, "{callback:?}");
            assert_eq!(brought(callback, &alone), *takes, "{callback:?}");
        }
        let theirs = Callback { signature: text(&said["of_checkout"]).to_owned(), ..callbacks[0].0.clone() };
        assert!(brought(&theirs, &alone), "{theirs:?}");
        for (at, body) in bodies().iter().enumerate() {
            let theirs = said["signatures"][at].as_str().expect("a signature");
            assert!(ours(body, theirs, &secrets()), "{at}");
            assert!(!ours(body, theirs, &alone), "{at}: the previous secret is no longer live");
        }
    });
}

/// What a browser may bring from Razorpay's checkout; whether the SDK takes it, and whether we do.
fn callbacks() -> Vec<(Callback, bool, bool)> {
    let made = |order: &str, payment: &str, signature: String| Callback {
        order_id: order.into(),
        payment_id: payment.into(),
        signature,
    };
    let (order, payment, subscription) = ("order_Nilgiri1Leaf9A", "pay_Nilgiri1Leaf9A", "sub_Nilgiri1Leaf9A");
    let right = razorpay::sign_checkout(order, payment, CURRENT);
    let of_a_subscription = razorpay::sign_checkout(payment, subscription, CURRENT);
    vec![
        (made(order, payment, right.clone()), true, true),
        (made(order, payment, flipped(&right, 0)), false, false),
        (made(order, payment, flipped(&right, 63)), false, false),
        (made(order, payment, razorpay::sign_checkout(order, payment, STRANGER)), false, false),
        (made(order, payment, razorpay::sign_checkout(payment, order, CURRENT)), false, false),
        (made("order_Nilgiri1Leaf9B", payment, right.clone()), false, false),
        (made(order, "pay_Nilgiri1Leaf9B", right), false, false),
        // Rightly signed, for something else: the SDK looks at no prefix, we do.
        (made(payment, subscription, of_a_subscription), true, false),
    ]
}

#[test]
fn stripes_sdk_reads_the_fake_stripe_as_it_reads_stripe() {
    on_a_runtime(async {
        let fake = FakeStripe::start().await;
        let mut script = Script::run("stripe_client.mjs");
        script.tell(&json!({ "key": FakeStripe::KEY, "port": port(&fake.base()) })).await;
        script
            .attend(|verb, words| match verb {
                "buyer_pays" => fake.buyer_pays(text(&words[0])).into(),
                "events" => fake.events().into(),
                "sessions" => fake.sessions().into(),
                "sells" => {
                    json!(fake.sells(text(&words[0]), words[1].as_i64().expect("an amount"), text(&words[2])))
                }
                "plan" => {
                    let (times, prefix, fault) = planned(words);
                    json!(fake.plan(times, prefix, fault))
                }
                other => panic!("no verb {other}"),
            })
            .await;
    });
}

#[test]
fn razorpays_sdk_reads_the_fake_razorpay_as_it_reads_razorpay() {
    on_a_runtime(async {
        let fake = FakeRazorpay::start().await;
        let mut script = Script::run("razorpay_client.mjs");
        let (id, secret) = (FakeRazorpay::KEY_ID, FakeRazorpay::KEY_SECRET);
        script.tell(&json!({ "key_id": id, "key_secret": secret, "base": fake.base() })).await;
        let page = |made: Callback| json!({ "order_id": made.order_id, "payment_id": made.payment_id, "signature": made.signature });
        script
            .attend(|verb, words| match verb {
                "buyer_pays" => page(fake.buyer_pays(text(&words[0]))),
                "authorizes" => page(fake.authorizes(text(&words[0]))),
                "captures" => json!(fake.captures(text(&words[0]))),
                "declines" => fake.declines(text(&words[0])).into(),
                "events" => fake.events().into(),
                "refunds" => fake.refunds().into(),
                "plan" => {
                    let (times, prefix, fault) = planned(words);
                    json!(fake.plan(times, prefix, fault))
                }
                other => panic!("no verb {other}"),
            })
            .await;
    });
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn port(base: &str) -> u16 {
    base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// `[1, "POST /v1/refunds", { "fail_after": 500 }]`
fn planned(words: &[Value]) -> (usize, &str, Fault) {
    let (name, value) = words[2].as_object().and_then(|one| one.iter().next()).expect("a fault");
    let number = value.as_u64().unwrap_or_default();
    let (status, long) = (u16::try_from(number).expect("small"), Duration::from_millis(number));
    let fault = match name.as_str() {
        "delay" => Fault::Delay(long),
        "fail_before" => Fault::FailBefore(status),
        "fail_after" => Fault::FailAfter(status),
        "drop_before" => Fault::DropBefore,
        "drop_after" => Fault::DropAfter,
        "slow_after" => Fault::SlowAfter(long),
        other => panic!("no fault {other}"),
    };
    (words[0].as_u64().expect("how often") as usize, text(&words[1]), fault)
}
