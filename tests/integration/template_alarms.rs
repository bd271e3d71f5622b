//! The alarms of `infra/template.yaml` held against the lines that the functions write: an alarm that nobody hears is none.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use payonce::inbox::Status;
use payonce_tests::template::template;
use serde_json::{Value, json};

fn of_type(kind: &str) -> Vec<Value> {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    resources.values().filter(|one| one["Type"] == kind).cloned().collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every `alarm` that a function may write: the literals, and what stands for a name.
fn written() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["shared", "functions"] {
        sources(&root.join(folder), &mut files);
    }
    let mut alarms = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        for after in text.split("alarm = ").skip(1) {
            match after.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                Some(name) => drop(alarms.insert(name.to_owned())),
                None if after.starts_with("status,") => {
                    alarms.extend([Status::Parked, Status::Dead].map(|status| status.name().to_owned()));
                }
                None if after.starts_with("code,") => drop(alarms.insert("secret_missing".into())),
                None => panic!(
                    "{}: say here what `alarm = {}` may be",
                    file.display(),
                    &after[..20.min(after.len())]
                ),
            }
        }
    }
    alarms
}

/// What the log filters count, as `field = value`.
fn counted() -> BTreeSet<(String, String)> {
    let mut counted = BTreeSet::new();
    for filter in of_type("AWS::Logs::MetricFilter") {
        let pattern = filter["Properties"]["FilterPattern"].as_str().expect("a pattern").to_owned();
        for term in pattern.split("$.").skip(1) {
            let (field, value) = term.split_once(" = ").expect("a comparison");
            counted.insert((field.into(), value.split('"').nth(1).expect("a text").into()));
        }
    }
    counted
}

#[test]
fn every_alarm_that_a_function_raises_is_counted_and_none_that_nothing_raises() {
    let alarms = counted().into_iter().filter(|(field, _)| field == "alarm").map(|(_, name)| name);
    assert_eq!(alarms.collect::<BTreeSet<_>>(), written());
}

#[test]
fn what_is_counted_has_an_alarm_that_calls_somebody() {
    let alarms = of_type("AWS::CloudWatch::Alarm");
    let space = json!({ "Fn::Sub": "payonce/${AppId}-${Stage}" });
    let own = |one: &&Value| one["Properties"]["Namespace"] == space;
    let watched: BTreeSet<String> = alarms
        .iter()
        .filter(own)
        .map(|one| one["Properties"]["MetricName"].as_str().expect("a name").into())
        .collect();
    let mut counted = BTreeSet::new();
    for filter in of_type("AWS::Logs::MetricFilter") {
        let metric = &filter["Properties"]["MetricTransformations"][0];
        assert_eq!(metric["MetricNamespace"], space);
        assert_eq!(filter["Properties"]["LogGroupName"], json!({ "Ref": "LogGroup" }));
        counted.insert(metric["MetricName"].as_str().expect("a name").to_owned());
    }
    assert_eq!(watched, counted);
    for alarm in alarms {
        let name = &alarm["Properties"]["AlarmName"];
        assert_eq!(alarm["Properties"]["AlarmActions"], json!([{ "Ref": "AlarmTopic" }]), "{name}");
        assert!(alarm["Properties"]["AlarmDescription"].is_string(), "{name}");
        assert!(alarm["Properties"]["TreatMissingData"].is_string(), "{name}");
    }
}

#[test]
fn each_function_with_a_url_takes_its_release_back_when_it_answers_5xx() {
    let template = template();
    let preference = &template["Globals"]["Function"]["DeploymentPreference"];
    // Without a canary no alarm is in the way of what is to end it.
    assert_eq!(
        preference["Type"],
        json!({ "Fn::If": ["HasCanary", "Canary10Percent5Minutes", "AllAtOnce"] })
    );
    let alarms = preference["Alarms"]["Fn::If"].as_array().expect("a condition");
    assert_eq!((&alarms[0], &alarms[2]), (&json!("HasCanary"), &json!([])));
    let rolled_back = alarms[1].as_array().expect("alarms");
    let watched: BTreeSet<String> = rolled_back
        .iter()
        .map(|one| template["Resources"][one["Ref"].as_str().expect("an alarm")]["Properties"].clone())
        .filter(|alarm| alarm["MetricName"] == "Url5xxCount")
        .map(|alarm| alarm["Dimensions"][0]["Value"]["Ref"].as_str().expect("a function").to_owned())
        .collect();
    let resources = template["Resources"].as_object().expect("resources");
    let with_url: BTreeSet<String> = resources
        .iter()
        .filter(|(_, one)| one["Properties"]["FunctionUrlConfig"].is_object())
        .map(|(id, _)| id.clone())
        .collect();
    assert_eq!(watched, with_url);
}

#[test]
fn a_schedule_that_falls_silent_or_fails_calls_somebody() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let scheduled = resources.iter().filter(|(_, one)| one["Properties"]["Events"].is_object());
    let alarms = of_type("AWS::CloudWatch::Alarm");
    for (id, _) in scheduled {
        for (metric, missing) in [("Invocations", "breaching"), ("Errors", "notBreaching")] {
            let of_it = |one: &&Value| {
                one["Properties"]["Dimensions"][0]["Value"]["Ref"] == json!(id)
                    && one["Properties"]["MetricName"] == metric
                    && one["Properties"]["TreatMissingData"] == missing
            };
            assert_eq!(alarms.iter().filter(of_it).count(), 1, "{id}: {metric}");
        }
    }
}

/// Whether `condition` names `other` among what has to hold.
fn implies(condition: &str, other: &str) -> bool {
    let of_it = template()["Conditions"][condition]["Fn::And"].as_array().cloned().unwrap_or_default();
    let names = of_it.iter().filter_map(|one| one["Condition"].as_str());
    condition == other || names.into_iter().any(|name| implies(name, other))
}

#[test]
fn an_alarm_of_silence_is_there_only_once_something_is_to_be_heard() {
    let silent: Vec<Value> = of_type("AWS::CloudWatch::Alarm")
        .into_iter()
        .filter(|one| one["Properties"]["TreatMissingData"] == "breaching")
        .collect();
    assert_eq!(silent.len(), 4);
    for alarm in silent {
        let (name, condition) =
            (&alarm["Properties"]["AlarmName"], alarm["Condition"].as_str().unwrap_or_default());
        let of_a_schedule = alarm["Properties"]["MetricName"] == "Invocations";
        assert!(implies(condition, if of_a_schedule { "Scheduled" } else { "TakesPayments" }), "{name}");
        assert!(implies(condition, "Released"), "{name}");
        // In ALARM with its actions off it would never call.
        assert!(alarm["Properties"]["ActionsEnabled"].is_null(), "{name}");
    }
}

#[test]
fn an_overlap_at_stripe_where_both_endpoints_deliver_is_no_alarm() {
    let template = template();
    let filter = &template["Resources"]["OldSecretUses"]["Properties"]["FilterPattern"];
    assert_eq!(*filter, json!(r#"{ ($.provider = "razorpay") && ($.secret = "previous*") }"#));
}
