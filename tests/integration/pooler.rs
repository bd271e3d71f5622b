//! Behind a transaction pooler a statement may meet another server connection than the one before it: nothing of ours
//! may be left on one.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use payonce::inbox::Provider::Stripe;
use payonce_tests::{House, Servers, in_a_house_on};

const EVENTS: usize = 10_000;

#[test]
fn two_processes_share_a_pool_of_two_for_10000_events_without_one_statement_error() {
    let servers = Servers::start("pooler", 2);
    in_a_house_on(&servers, async |house: &mut House| {
        house.stock("darjeeling", 45_000, 1_000_000).await;
        let mut bodies: Vec<(String, &str)> = Vec::new();
        for _ in 0..100 {
            let order = house.order(Stripe, &[("darjeeling", 1)]).await;
            bodies.push((order.paid(), "processed"));
            bodies.push((order.tells("payment_intent.succeeded"), "processed"));
            let topup = house.topup(Stripe, 500, 49_900).await;
            bodies.push((topup.paid(), "processed"));
            bodies.push((topup.tells("refund.updated"), "processed"));
        }
        let about = house.topup(Stripe, 1, 100).await;
        while bodies.len() < EVENTS {
            match bodies.len() % 2 {
                0 => bodies.push((about.tells("customer.created"), "ignored unhandled_type")),
                _ => bodies.push((bodies[bodies.len() % 400].0.clone(), "duplicate")),
            }
        }

        let next = AtomicUsize::new(0);
        let work = async || {
            let instance = house.start("stripe-webhook", &[]).await;
            while let Some((body, expected)) = bodies.get(next.fetch_add(1, Ordering::SeqCst)) {
                let reply = instance.deliver(Stripe, body).await.expect("an answer");
                let said = format!(
                    "{} {}",
                    reply.body["status"].as_str().unwrap(),
                    reply.body["outcome"].as_str().unwrap()
                );
                assert!(
                    reply.status == 200 && said.starts_with(expected),
                    "{} {said}, not {expected}",
                    reply.status
                );
            }
        };
        tokio::join!(work(), work());
        let clients =
            "pg_stat_activity where usename = 'payonce_request_login' and datname = current_database()";
        assert_eq!(house.count(clients).await, 2, "the pool's server connections");
        assert_eq!(house.count("payonce.webhook_events").await, 400 + (EVENTS as i64 - 400) / 2);
        for rows in [
            "orders where paid_at is not null",
            "credit_ledger where entry_type = 'topup'",
            "captures where refunded_minor > 0",
        ] {
            assert_eq!(house.count(&format!("payonce.{rows}")).await, 100, "{rows}");
        }
    });
}

/// Statements that leave something behind in their session, as they would begin or be called.
const SESSION_STATE: [&str; 12] = [
    "set session",
    "set time zone",
    "set role",
    "reset ",
    "listen ",
    "unlisten ",
    "discard ",
    "prepare ",
    "deallocate ",
    "load ",
    "with hold",
    "set_config(",
];

/// Functions that do.
const SESSION_FUNCTIONS: [&str; 6] = [
    "pg_advisory_lock(",
    "pg_advisory_lock_shared(",
    "pg_try_advisory_lock(",
    "pg_try_advisory_lock_shared(",
    "pg_advisory_unlock",
    "set_config(",
];

#[test]
fn no_statement_of_ours_leaves_anything_in_a_session() {
    let mut read = 0;
    for folder in ["shared", "functions", "cli", "migrations"] {
        for file in files_under(&repository().join(folder)) {
            let extension = file.extension().and_then(|extension| extension.to_str());
            let is_sql = extension == Some("sql");
            // Doctor's Rust tells people what to set; its statements are files.
            let advises = !is_sql && file.components().any(|part| part.as_os_str() == "doctor");
            if !is_sql && extension != Some("rs") || advises {
                continue;
            }
            read += 1;
            for statement in statements(&std::fs::read_to_string(&file).unwrap(), is_sql) {
                let at = || format!("{}: {statement}", file.display());
                let kept = !statement.contains("on commit drop");
                assert!(
                    !(kept && SESSION_STATE.iter().any(|start| statement.starts_with(start))),
                    "{}",
                    at()
                );
                assert!(!statement.starts_with("set ") || statement.starts_with("set local "), "{}", at());
                assert!(!SESSION_FUNCTIONS.iter().any(|call| statement.contains(call)), "{}", at());
                assert!(!statement.contains("with hold"), "{}", at());
                let temporary =
                    statement.starts_with("create temp") || statement.starts_with("create local temp");
                assert!(!temporary || statement.contains("on commit drop"), "{}", at());
            }
        }
    }
    assert!(read > 50, "only {read} files were read");
}

/// What could be a statement, in lower case: of SQL whatever follows a `;`, of Rust also whatever follows a quote.
fn statements(text: &str, is_sql: bool) -> Vec<String> {
    let comment = if is_sql { "--" } else { "//" };
    let code: Vec<&str> = text.lines().map(|line| line.split(comment).next().unwrap_or("")).collect();
    let code = code.join("\n").to_lowercase();
    let parts = code.split(|letter| letter == ';' || (letter == '"' && !is_sql));
    parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_lint_forbids_every_method_that_makes_a_named_statement() {
    let lint = std::fs::read_to_string(repository().join("clippy.toml")).unwrap();
    let (mut methods, mut missing) = (0, Vec::new());
    for (package, file, owner) in [
        ("tokio-postgres", "src/client.rs", "tokio_postgres::Client"),
        ("tokio-postgres", "src/transaction.rs", "tokio_postgres::Transaction"),
        ("tokio-postgres", "src/generic_client.rs", "tokio_postgres::GenericClient"),
        ("deadpool-postgres", "src/generic_client.rs", "deadpool_postgres::GenericClient"),
    ] {
        let text = std::fs::read_to_string(source_of(package).join(file)).unwrap();
        for method in statement_makers(&text) {
            methods += 1;
            missing.push(format!("{owner}::{method}"));
        }
    }
    assert!(methods > 20, "only {methods} methods were found");
    let cached = ["ClientWrapper", "Transaction"].map(|owner| {
        ["prepare_cached", "prepare_typed_cached"]
            .map(|method| format!("deadpool_postgres::{owner}::{method}"))
    });
    missing.extend(cached.into_iter().flatten());
    missing.retain(|path| !lint.contains(&format!("\"{path}\"")));
    assert!(missing.is_empty(), "clippy.toml does not name {missing:#?}");
}

/// The methods that take anything to be prepared, or prepare it themselves.
fn statement_makers(text: &str) -> Vec<String> {
    let heads = text.split("fn ").skip(1).map(|rest| rest.split(['{', ';']).next().unwrap_or(""));
    let makers = heads.filter(|head| head.contains("ToStatement") || head.starts_with("prepare"));
    let mut names: Vec<String> = makers
        .map(|head| head.split(['<', '(']).next().unwrap_or("").to_owned())
        .filter(|name| !name.starts_with("__"))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Where cargo keeps the source of a package that we use, of the version in Cargo.lock.
fn source_of(package: &str) -> PathBuf {
    let lock = std::fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    let entry = lock.split_once(&format!("name = \"{package}\"\nversion = \"")).expect("it is locked").1;
    let version = entry.split('"').next().unwrap();
    let cargo = std::env::var("CARGO_HOME")
        .map_or_else(|_| std::env::home_dir().unwrap().join(".cargo"), PathBuf::from);
    let registries =
        std::fs::read_dir(cargo.join("registry/src")).unwrap().map(|entry| entry.unwrap().path());
    let places = registries.map(|registry| registry.join(format!("{package}-{version}")));
    places
        .into_iter()
        .find(|place| place.exists())
        .unwrap_or_else(|| panic!("no source of {package} {version}"))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}
