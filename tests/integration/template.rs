//! `infra/template.yaml` held against `functions/`: a function, a setting or a secret that one of them has and the other has
//! not would be found in production.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use payonce::config::{self, Keeping, SECRETS, Source};
use payonce_tests::template::template;
use serde_json::{Value, json};

type Names = BTreeSet<String>;

/// Who reads the settings of each function, as its `main.rs` does.
fn reads(function: &str, source: &mut Source<'_>) -> bool {
    match function {
        "stripe-webhook" => config::Webhook::read_stripe(source).is_some(),
        "razorpay-webhook" => config::Webhook::read_razorpay(source).is_some(),
        "checkout" => config::Checkout::read(source).is_some(),
        "receipt" => config::Receipt::read(source).is_some(),
        "webhook-retry" => config::Webhook::read_retry(source).is_some(),
        "sweeper" => config::Sweeper::read(source).is_some(),
        "migrate" => config::Migrate::read(source).is_some(),
        "rotate-secret" => config::Rotation::read(source).is_some(),
        other => panic!("say here who reads the settings of {other}"),
    }
}

/// What a function works with, where a value is needed to be asked for the next one.
fn given(name: &str) -> Option<String> {
    let value = match name {
        "DATABASE_URL" | "DATABASE_CRON_URL" | "DATABASE_DIRECT_URL" => "postgres://x",
        "PAYMENTS_MODE" => "live",
        "STRIPE_SECRET_KEY" => "sk_test_1",
        "RAZORPAY_KEY_ID" => "rzp_test_1",
        name if SECRETS.contains(&name) => "sixteen letters or more",
        name if name.starts_with("AWS_") => "set by Lambda",
        _ => return None,
    };
    Some(value.into())
}

/// Whether it keeps secrets, or is kept by one.
fn of_a_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.starts_with(secret))
}

/// The names that `function` asks for: its settings, and the secrets among them by their own name.
fn asked_for(function: &str) -> (Names, Names) {
    let asked = RefCell::new(Names::new());
    let note = |name: &str| asked.borrow_mut().insert(name.to_owned());
    let from_environment = |name: &str| {
        note(name);
        given(name)
    };
    config::from(&from_environment, |source| reads(function, source).then_some(()))
        .unwrap_or_else(|why| panic!("{function} was not asked for everything: {why}"));
    let kept: Names =
        asked.borrow().iter().filter_map(|name| name.strip_suffix("_SECRET_ID")).map(Into::into).collect();
    let from_secrets_manager = |name: &str| {
        note(name);
        given(name)
            .filter(|_| !of_a_secret(name))
            .or_else(|| name.ends_with("_SECRET_ID").then(|| "an id".into()))
    };
    config::from(&from_secrets_manager, Keeping::read).unwrap_or_else(|why| panic!("{function}: {why}"));
    let is_setting = |name: &&String| !of_a_secret(name) && !name.starts_with("AWS_");
    let settings = asked.borrow().iter().filter(is_setting).cloned().collect();
    (settings, kept)
}

fn of_type(kind: &str) -> BTreeMap<String, Value> {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    resources
        .iter()
        .filter(|(_, one)| one["Type"] == kind)
        .map(|(id, one)| (id.clone(), one.clone()))
        .collect()
}

/// Each function of the template by the folder its code comes from.
fn functions() -> BTreeMap<String, Value> {
    let folder = |one: &Value| {
        let built = one["Properties"]["CodeUri"].as_str().expect("CodeUri");
        built
            .strip_prefix("../target/lambda/")
            .expect("cargo lambda's output")
            .trim_end_matches('/')
            .to_owned()
    };
    of_type("AWS::Serverless::Function").into_values().map(|one| (folder(&one), one)).collect()
}

fn variables(function: &Value) -> BTreeMap<String, Value> {
    let template = template();
    let shared =
        template["Globals"]["Function"]["Environment"]["Variables"].as_object().expect("shared").clone();
    let own = function["Properties"]["Environment"]["Variables"].as_object().expect("own").clone();
    shared.into_iter().chain(own).collect()
}

/// The secret of the template that is named `name`, by its logical id.
fn secret_called(name: &str) -> String {
    let is_it = |one: &Value| {
        one["Properties"]["Name"] == json!({ "Fn::Sub": format!("${{AppId}}/${{Stage}}/{name}") })
    };
    let found: Vec<String> = of_type("AWS::SecretsManager::Secret")
        .into_iter()
        .filter(|(_, one)| is_it(one))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(found.len(), 1, "the secret {name}");
    found[0].clone()
}

#[test]
fn every_folder_of_functions_is_a_function_of_the_template() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let folders =
        std::fs::read_dir(folder).expect("functions").map(|entry| entry.expect("an entry").file_name());
    let folders: Names = folders.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(functions().into_keys().collect::<Names>(), folders);
    for (folder, function) in functions() {
        let name = json!({ "Fn::Sub": format!("${{AppId}}-${{Stage}}-{folder}") });
        assert_eq!(function["Properties"]["FunctionName"], name);
        assert_eq!(function["Properties"]["AutoPublishCodeSha256"], json!({ "Ref": "Release" }), "{folder}");
    }
}

#[test]
fn every_function_is_given_what_its_configuration_reads_and_nothing_more() {
    for (folder, function) in functions() {
        let (settings, secrets) = asked_for(&folder);
        let mut expected = settings;
        expected.extend(secrets.iter().map(|name| format!("{name}_SECRET_ID")));
        assert_eq!(variables(&function).into_keys().collect::<Names>(), expected, "{folder}");
        for name in secrets {
            let kept = &variables(&function)[&format!("{name}_SECRET_ID")];
            assert_eq!(*kept, json!({ "Ref": secret_called(&name) }), "{folder}: {name}");
        }
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// What a function may, by action: the resources.
fn allowed(function: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let role =
        function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().expect("a role of its own").to_owned();
    let role = of_type("AWS::IAM::Role").remove(&role).unwrap_or_else(|| panic!("{role}"));
    assert_eq!(role["Properties"]["ManagedPolicyArns"], json!([{ "Ref": "FunctionPolicy" }]));
    let mut allowed = BTreeMap::<String, BTreeSet<String>>::new();
    for policy in list(&role["Properties"]["Policies"]) {
        for statement in list(&policy["PolicyDocument"]["Statement"]) {
            assert_eq!(statement["Effect"], "Allow");
            for action in list(&statement["Action"]) {
                let resources = list(&statement["Resource"]);
                let resources =
                    resources.iter().map(|one| one["Ref"].as_str().expect("one secret").to_owned());
                allowed.entry(action.as_str().expect("an action").into()).or_default().extend(resources);
            }
        }
    }
    allowed
}

/// The secrets that rotate-secret may rotate, by their tag.
fn rotated() -> BTreeSet<String> {
    let is_tagged =
        |one: &Value| list(&one["Properties"]["Tags"]).iter().any(|tag| tag["Key"] == "payonce:rotates");
    of_type("AWS::SecretsManager::Secret")
        .into_iter()
        .filter(|(_, one)| is_tagged(one))
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn every_role_may_read_the_secrets_that_its_function_reads_and_nothing_more() {
    for (folder, function) in functions() {
        let (_, secrets) = asked_for(&folder);
        let read: BTreeSet<String> = secrets.iter().map(|name| secret_called(name)).collect();
        let mut expected = BTreeMap::from([("secretsmanager:GetSecretValue".to_owned(), read)]);
        if folder == "rotate-secret" {
            for action in ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"] {
                expected.entry(format!("secretsmanager:{action}")).or_default().extend(rotated());
            }
        }
        assert_eq!(allowed(&function), expected, "{folder}");
    }
}

#[test]
fn what_holds_state_outlives_the_stack() {
    for kind in ["AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"] {
        for (id, one) in of_type(kind) {
            assert_eq!(
                (&one["DeletionPolicy"], &one["UpdateReplacePolicy"]),
                // What a first deployment that fails has made goes with it: it could not be repeated.
                (&json!("RetainExceptOnCreate"), &json!("Retain")),
                "{id}"
            );
        }
    }
    assert_eq!(of_type("AWS::SecretsManager::Secret").len(), SECRETS.len());
}

#[test]
fn only_secrets_that_are_tagged_rotate_and_never_because_of_a_deployment() {
    let mut scheduled = BTreeSet::new();
    for (id, one) in of_type("AWS::SecretsManager::RotationSchedule") {
        assert_eq!(one["Properties"]["RotateImmediatelyOnUpdate"], false, "{id}");
        assert_eq!(one["DependsOn"], "RotateSecretPermission", "{id}");
        scheduled.insert(one["Properties"]["SecretId"]["Ref"].as_str().expect("a secret").to_owned());
    }
    assert_eq!(scheduled, rotated());
}

#[test]
fn new_code_waits_for_the_schema_it_needs() {
    for (folder, function) in functions() {
        let waits = function["DependsOn"] == "Migration";
        assert_eq!(waits, !["migrate", "rotate-secret"].contains(&folder.as_str()), "{folder}");
    }
    let migration = &template()["Resources"]["Migration"]["Properties"];
    assert_eq!(migration["Release"], json!({ "Ref": "Release" }));
    assert_eq!(migration["ServiceToken"], json!({ "Fn::GetAtt": ["Migrate", "Arn"] }));
}

#[test]
fn a_release_is_a_version_and_what_is_not_called_by_its_alias_has_no_canary() {
    assert_eq!(template()["Globals"]["Function"]["AutoPublishAlias"], "live");
    // SAM makes a version's logical id of the release's first ten letters: letters they have to be, and ten.
    let pattern = &template()["Parameters"]["Release"]["AllowedPattern"];
    assert_eq!(*pattern, "([0-9A-Za-z]{10}[0-9A-Za-z.-]{0,70})?");
    for (folder, function) in functions() {
        let own = &function["Properties"]["DeploymentPreference"];
        let called_as_latest = ["migrate", "rotate-secret"].contains(&folder.as_str());
        assert_eq!(
            *own,
            if called_as_latest { json!({ "Enabled": false }) } else { Value::Null },
            "{folder}"
        );
    }
}

#[test]
fn every_parameter_says_what_it_is_for() {
    for (name, one) in template()["Parameters"].as_object().expect("parameters") {
        assert!(one["Description"].is_string(), "{name}");
    }
}

/// A number of the template, or the default of the parameter that gives it.
fn number(value: &Value) -> i64 {
    let parameter =
        || template()["Parameters"][value["Ref"].as_str().expect("a parameter")]["Default"].as_i64();
    value.as_i64().or_else(parameter).expect("a number")
}

#[test]
fn no_more_connections_are_opened_than_a_pooler_takes_by_default() {
    let pooled: Vec<Value> =
        functions().into_values().filter(|one| variables(one).contains_key("DATABASE_POOL_MAX")).collect();
    let connections: i64 = pooled
        .iter()
        .map(|one| {
            let each = variables(one)["DATABASE_POOL_MAX"].as_str().and_then(|text| text.parse::<i64>().ok());
            number(&one["Properties"]["ReservedConcurrentExecutions"]) * each.expect("a number")
        })
        .sum();
    assert_eq!((pooled.len(), connections), (6, 47), "as the template's comment counts them");
    // PgBouncer's max_client_conn, beside migrate and an operator.
    assert!(connections <= 100 - 3);
    for (folder, one) in functions() {
        assert!(number(&one["Properties"]["ReservedConcurrentExecutions"]) > 0, "{folder} is bounded");
    }
}

#[test]
fn the_pages_that_may_call_are_those_that_buyers_may_return_to() {
    let functions = functions();
    for folder in ["checkout", "receipt"] {
        let cors = &functions[folder]["Properties"]["FunctionUrlConfig"]["Cors"];
        assert_eq!(cors["AllowOrigins"], json!({ "Ref": "PublicOrigins" }), "{folder}");
        assert_eq!(cors["AllowHeaders"], json!(["content-type", "idempotency-key"]), "{folder}");
    }
    let listed = &variables(&functions["checkout"])["PUBLIC_ORIGIN_ALLOWLIST"];
    assert_eq!(*listed, json!({ "Fn::Join": [",", { "Ref": "PublicOrigins" }] }));
}
