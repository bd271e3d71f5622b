//! migrate as a step of a deploy: CloudFormation asks for the schema as a custom resource, and is told in every case.
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use payonce_tests::{Instance, binary, environment};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::migrations::on_an_empty_database;

/// What is put to the pre-signed URL, and how it is answered.
struct Bucket {
    url: String,
    shared: Arc<Mutex<Shelf>>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Shelf {
    statuses: VecDeque<u16>,
    put: Vec<Put>,
}

/// One document, as it came.
#[derive(Clone)]
struct Put {
    line: String,
    headers: HeaderMap,
    text: String,
}

/// Part of the URL, and a permission: nothing quotes it.
const SIGNATURE: &str = "Signature=canary%2Bof%2Fthe%3Dbucket";

impl Bucket {
    /// Answers with these statuses, then with 200.
    async fn open(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/stacks/reply%7C1?AWSAccessKeyId=AKIA&Expires=1&{SIGNATURE}");
        let shared =
            Arc::new(Mutex::new(Shelf { statuses: statuses.iter().copied().collect(), put: Vec::new() }));
        let shelf = shared.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = shelf.clone();
                let service = service_fn(move |request| take(request, shelf.clone()));
                tokio::spawn(async move {
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, shared, listening }
    }

    /// Every document so far.
    fn put(&self) -> Vec<Put> {
        self.shared.lock().unwrap().put.clone()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn take(
    request: Request<Incoming>,
    shelf: Arc<Mutex<Shelf>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let text = String::from_utf8(request.into_body().collect().await?.to_bytes().to_vec()).unwrap();
    let mut shelf = shelf.lock().unwrap();
    shelf.put.push(Put { line, headers, text });
    let status = shelf.statuses.pop_front().unwrap_or(200);
    Ok(Response::builder().status(status).body(Full::default()).unwrap())
}

/// A process of migrate, and where it writes.
struct Deploy {
    function: Instance,
    log: PathBuf,
}

/// Long enough for whatever is not meant to run out of time.
const MINUTE: Duration = Duration::from_secs(60);

impl Deploy {
    async fn of(name: &str, settings: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(environment("PAYONCE_TEST_SERVERS"));
        std::fs::create_dir_all(&folder).unwrap();
        let log = folder.join(format!("migrate-{name}-{}.log", std::process::id()));
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { function: Instance::start(&binary("migrate"), &settings, Some(&log)).await, log }
    }

    /// The document that a change leaves in a bucket of its own.
    async fn told(&self, kind: &str, properties: Value) -> Value {
        let bucket = Bucket::open(&[]).await;
        self.function.invoke(&change(kind, &bucket, properties), MINUTE).await.unwrap().unwrap();
        let [put] = bucket.put().try_into().ok().expect("one document");
        serde_json::from_str(&put.text).unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

/// As CloudFormation asks, with what it sends along and nobody reads.
fn change(kind: &str, bucket: &Bucket, properties: Value) -> Value {
    json!({
        "RequestType": kind, "ResponseURL": bucket.url, "RequestId": "request-1",
        "StackId": "arn:aws:cloudformation:eu-west-1:000000000000:stack/payonce/1",
        "LogicalResourceId": "Schema", "ResourceType": "Custom::Schema",
        "ServiceToken": "arn:aws:lambda:eu-west-1:000000000000:function:migrate",
        "ResourceProperties": properties,
    })
}

fn live(url: &str) -> [(&str, &str); 2] {
    [("DATABASE_DIRECT_URL", url), ("LIVEMODE", "true")]
}

#[test]
fn a_stack_is_told_when_its_schema_is_there_and_keeps_it_when_the_resource_goes() {
    on_an_empty_database("stack", async |empty| {
        let deploy = Deploy::of("stack", &live(&empty.url())).await;
        let bucket = Bucket::open(&[]).await;
        let answer = deploy.function.invoke(&change("Create", &bucket, json!({})), MINUTE).await;
        assert_eq!(answer.unwrap().unwrap(), json!({ "told": true }));
        let [put] = bucket.put().try_into().ok().expect("one document");
        let (_, path) = bucket.url.split_at(bucket.url.find("/stacks").unwrap());
        assert_eq!(put.line, format!("PUT {path}"), "the URL stands as it was given");
        // It is signed without one: S3 would answer 403.
        assert!(put.headers.get("content-type").is_none() && put.headers.get("authorization").is_none());
        assert_eq!(put.headers["content-length"].to_str().unwrap(), put.text.len().to_string());
        let told: Value = serde_json::from_str(&put.text).unwrap();
        let echoed = json!({
            "Status": "SUCCESS", "Reason": "as asked", "PhysicalResourceId": "payonce-schema",
            "StackId": "arn:aws:cloudformation:eu-west-1:000000000000:stack/payonce/1",
            "RequestId": "request-1", "LogicalResourceId": "Schema",
        });
        assert_eq!(told, echoed);
        let versions = empty.versions().await;
        assert_eq!(versions.len(), payonce::db::migrate::MIGRATIONS.len());

        for kind in ["Update", "Delete"] {
            let bucket = Bucket::open(&[]).await;
            let mut asked = change(kind, &bucket, json!({}));
            asked["PhysicalResourceId"] = "an-older-name".into();
            deploy.function.invoke(&asked, MINUTE).await.unwrap().unwrap();
            let told: Value = serde_json::from_str(&bucket.put()[0].text).unwrap();
            assert_eq!(
                (&told["Status"], &told["PhysicalResourceId"]),
                (&json!("SUCCESS"), &json!("an-older-name"))
            );
            assert_eq!(empty.versions().await, versions, "{kind}");
        }
        assert_eq!(deploy.told("Rename", json!({})).await["Status"], "FAILED");
    });
}

#[test]
fn a_live_stack_without_a_backup_fails_its_deploy_until_somebody_vouches_for_one() {
    on_an_empty_database("vouched", async |empty| {
        let deploy = Deploy::of("vouched", &live(&empty.url())).await;
        assert_eq!(deploy.told("Create", json!({})).await["Status"], "SUCCESS");
        for vouched in [json!("true"), json!(true)] {
            empty.without_receipts().await;
            for not in [json!({}), json!({ "IHaveABackup": "false" }), json!({ "IHaveABackup": "yes" })] {
                let told = deploy.told("Update", not).await;
                assert_eq!(told["Status"], "FAILED");
                assert!(told["Reason"].as_str().unwrap().contains("payonce backup mark"), "{told}");
            }
            assert_eq!(deploy.told("Update", json!({ "IHaveABackup": vouched })).await["Status"], "SUCCESS");
        }
        // By hand it is the same.
        empty.without_receipts().await;
        for not in [json!({}), json!({ "i_have_a_backup": "true" }), json!([]), Value::Null] {
            let refused = deploy.function.invoke(&not, MINUTE).await.unwrap().unwrap_err();
            assert!(refused["errorMessage"].as_str().unwrap().contains("no backup"), "{refused}");
        }
        let done = deploy.function.invoke(&json!({ "i_have_a_backup": true }), MINUTE).await;
        assert_eq!(done.unwrap().unwrap()["applied"], json!(["0011_receipts"]));
    });
}

#[test]
fn a_deploy_that_fails_says_why_and_never_a_secret() {
    on_an_empty_database("why", async |empty| {
        let password = environment("LOCAL_DATABASE_PASSWORD");
        let wrong = empty.url().replace(&password, "canary-password");
        let nobody = "postgres://canary:canary-password@127.0.0.1:1/payonce?sslmode=disable".to_owned();
        let nonsense = "postgres//canary-password@:here".to_owned();
        let no_tls = empty.url().replace("?sslmode=disable", "");
        for (name, url, says) in [
            ("wrong", wrong, "password authentication failed"),
            ("nobody", nobody, "error connecting to server"),
            ("nonsense", nonsense, "not a Postgres URL"),
            ("no_tls", no_tls, "TLS"),
            ("nothing", String::new(), "DATABASE_DIRECT_URL is missing"),
        ] {
            let deploy = Deploy::of(name, &[("DATABASE_DIRECT_URL", &url)]).await;
            let told = deploy.told("Create", json!({})).await;
            let reason = told["Reason"].as_str().unwrap();
            assert!(told["Status"] == "FAILED" && reason.contains(says), "{name}: {told}");
            let refused = deploy.function.invoke(&json!({}), MINUTE).await.unwrap().unwrap_err();
            let log = deploy.log();
            assert!(log.contains("migration_failed"), "{log}");
            for text in [reason, &refused.to_string(), &log] {
                for canary in ["canary", &password] {
                    assert!(!text.contains(canary), "{name}: {text}");
                }
            }
        }
    });
}

#[test]
fn a_deploy_that_runs_out_of_time_is_told_so_before_its_function_ends_and_the_next_goes_on() {
    on_an_empty_database("time", async |empty| {
        let deploy = Deploy::of("time", &[("DATABASE_DIRECT_URL", &empty.url())]).await;
        // Another runner, which takes its time.
        empty.run("begin; select pg_advisory_xact_lock(7250925)").await;
        let (bucket, since) = (Bucket::open(&[]).await, Instant::now());
        let within = Duration::from_secs(3);
        let answer = deploy.function.invoke(&change("Create", &bucket, json!({})), within).await;
        assert_eq!(answer.unwrap().unwrap(), json!({ "told": false }));
        assert!(since.elapsed() < within);
        let told: Value = serde_json::from_str(&bucket.put()[0].text).unwrap();
        assert!(
            told["Status"] == "FAILED" && told["Reason"].as_str().unwrap().contains("out of time"),
            "{told}"
        );
        empty.run("commit").await;
        assert_eq!(deploy.told("Create", json!({})).await["Status"], "SUCCESS");
    });
}

#[test]
fn a_stack_that_could_not_be_told_is_told_again() {
    on_an_empty_database("again", async |empty| {
        let deploy = Deploy::of("again", &[("DATABASE_DIRECT_URL", &empty.url())]).await;
        for (statuses, asked, told) in [
            (&[503, 500][..], 3, true),
            (&[503, 503, 503], 3, false),
            // The permission has expired: asking again changes nothing.
            (&[403], 1, false),
        ] {
            let bucket = Bucket::open(statuses).await;
            let answer = deploy.function.invoke(&change("Create", &bucket, json!({})), MINUTE).await.unwrap();
            // An error has Lambda bring the change again.
            assert_eq!((bucket.put().len(), answer.is_ok()), (asked, told), "{statuses:?}: {answer:?}");
        }
        let log = deploy.log();
        assert!(log.contains("stack_not_told") && !log.contains("canary"), "{log}");
        let lost = json!({ "RequestType": "Create", "ResponseURL": "http://127.0.0.1:1/?canary" });
        let answer = deploy.function.invoke(&lost, MINUTE).await.unwrap().unwrap_err();
        assert!(!answer.to_string().contains("canary"), "{answer}");
    });
}
