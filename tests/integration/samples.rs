//! `events/`: each function has samples, and its real binary answers every one of them.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use payonce::db::direct;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::operator::seed_demo;
use payonce_tests::till::{Till, at_a_till};
use payonce_tests::{Instance, SecretsManager, binary};
use serde_json::Value;

/// What each answers to all its samples: the status of a function with a URL, none of one that something else invokes.
const ANSWERS: [(&str, Option<&[u16]>); 8] = [
    ("stripe-webhook", Some(&[200])),
    ("razorpay-webhook", Some(&[200])),
    ("checkout", Some(&[200, 201])),
    // They carry no token.
    ("receipt", Some(&[404])),
    ("webhook-retry", None),
    ("sweeper", None),
    ("migrate", None),
    ("rotate-secret", None),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What lies in a folder of the repository, by name.
fn names_in(folder: &str) -> BTreeSet<String> {
    let path = repository().join(folder);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_function_has_a_folder_of_samples() {
    let functions = names_in("functions");
    let mut folders = names_in("events");
    assert!(folders.remove("README.md"));
    assert_eq!(folders, functions);
    assert_eq!(
        ANSWERS.map(|(function, _)| function.to_owned()).into_iter().collect::<BTreeSet<_>>(),
        functions
    );
    for function in functions {
        assert!(!names_in(&format!("events/{function}")).is_empty(), "events/{function} is empty");
    }
}

#[test]
fn every_sample_is_answered_by_its_function() {
    at_a_till(async |till: &Till| {
        let house = till.house;
        let url = house.cluster.direct_url("payonce_migration_login", &house.name);
        let mut client = direct(&house.cluster.direct_url("postgres", &house.name), None).await.unwrap();
        seed_demo(&mut client).await.unwrap();
        let mut settings = till.settings().to_vec();
        settings.extend(
            [("DATABASE_DIRECT_URL", url.as_str()), ("APP_ID", "payonce"), ("STAGE", "local")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let manager = SecretsManager::shared().await;
        settings.extend(SecretsManager::settings_at(&manager.base));
        for (function, answer) in ANSWERS {
            let instance = Instance::start(&binary(function), &settings, None).await;
            for sample in names_in(&format!("events/{function}")) {
                let file = format!("events/{function}/{sample}");
                let told = std::fs::read_to_string(repository().join(&file)).unwrap();
                let told =
                    if function == "rotate-secret" { about_a_secret(&manager, &told).await } else { told };
                holds(&instance, function, &told, answer, &file).await;
            }
        }
    });
}

/// The sample about a secret that is there, in the midst of a rotation.
async fn about_a_secret(manager: &SecretsManager, told: &str) -> String {
    let mut step: Value = serde_json::from_str(told).unwrap();
    let id = manager.keep("CHECKOUT_TOKEN_SECRET", Some("the-first"), Some("generated")).await;
    step["ClientRequestToken"] = manager.begins_rotation(&id).await.into();
    step["SecretId"] = id.into();
    step.to_string()
}

/// Hands `told` over as production does, and holds the answer to what the function's kind of sample is answered with.
async fn holds(instance: &Instance, function: &str, told: &str, answer: Option<&[u16]>, file: &str) {
    let provider: Option<Provider> = match function {
        "stripe-webhook" => Some(Stripe),
        "razorpay-webhook" => Some(Razorpay),
        _ => None,
    };
    let invocation: Value = serde_json::from_str(told).unwrap_or_else(|error| panic!("{file}: {error}"));
    let status = match (provider, answer) {
        (Some(provider), _) => instance.deliver(provider, told).await.unwrap().status,
        (None, Some(_)) => {
            let reply = instance.invoke(&invocation, Duration::from_secs(20)).await.unwrap();
            let reply = reply.unwrap_or_else(|error| panic!("{file}: {error}"));
            reply["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status")
        }
        (None, None) => {
            let reply = instance.invoke(&invocation, Duration::from_secs(60)).await.unwrap();
            assert!(reply.as_ref().is_ok_and(Value::is_object), "{file}: {reply:?}");
            return;
        }
    };
    assert!(answer.is_some_and(|expected| expected.contains(&status)), "{file}: {status}");
}
