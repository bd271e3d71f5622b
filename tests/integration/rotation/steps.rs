//! The four steps, each run twice, killed, and asked for when it should not be.
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use payonce::rotation::{Done, Step, retire};
use payonce::secret::held::Replaced;
use payonce::stripe;
use payonce::stripe::client::NewEndpoint;
use payonce_tests::providers::FakeStripe;
use payonce_tests::{Mortal, on_a_runtime};
use serde_json::json;
use tokio::time::Instant;

use super::{Bench, EVENTS, STEPS, URL, document, field, until};

#[test]
fn a_secret_that_is_made_up_changes_once_however_often_a_step_is_run() {
    on_a_runtime(async {
        let bench = Bench::with(Some("old"), Some("generated")).await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        for step in STEPS {
            bench.step(step, &token).await.unwrap();
            let pending = bench.value("AWSPENDING").await;
            bench.step(step, &token).await.unwrap();
            assert_eq!(bench.value("AWSPENDING").await, pending, "{step:?}");
        }
        bench.secrets.ends_rotation(&bench.id, &token).await;
        let new = bench.value("AWSCURRENT").await.unwrap();
        assert!(new.len() == 64 && new.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(bench.value("AWSPREVIOUS").await.as_deref(), Some("old"));
        assert_eq!(bench.step(Step::Create, &token).await.unwrap(), Done::Already);
    });
}

#[test]
fn a_secret_without_a_value_gets_its_first_one() {
    on_a_runtime(async {
        let bench = Bench::with(Some(" "), Some("generated")).await;
        bench.rotate().await;
        assert_eq!(bench.value("AWSCURRENT").await.unwrap().len(), 64);
    });
}

#[test]
fn a_new_endpoint_delivers_what_the_old_one_does_and_both_go_on() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        bench.step(Step::Create, &token).await.unwrap();
        let new = field(&bench.value("AWSPENDING").await.unwrap(), "endpoint");
        let shown = |id: &str| bench.stripe.endpoints().into_iter().find(|one| one["id"] == id).unwrap();
        assert_eq!(shown(&new)["enabled_events"], json!(["billing_portal.configuration.created"]));
        for step in [Step::Set, Step::Test, Step::Finish] {
            bench.step(step, &token).await.unwrap();
            assert!(matches!(bench.step(step, &token).await, Ok(Done::Already | Done::Worked)));
        }
        for id in [&old, &new] {
            let shown = shown(id);
            assert_eq!(shown["enabled_events"], json!(EVENTS));
            assert_eq!((&shown["status"], &shown["url"]), (&json!("enabled"), &json!(URL)));
        }
        assert_eq!(
            shown(&new)["metadata"],
            json!({ "payonce_stack": "payonce/local", "payonce_rotation": token })
        );
        let kept = bench.value("AWSCURRENT").await.unwrap();
        assert_eq!((field(&kept, "endpoint"), field(&kept, "replaces")), (new, old.clone()));
        assert_eq!(field(&bench.value("AWSPREVIOUS").await.unwrap(), "endpoint"), old);
        assert_eq!(bench.stripe.endpoints().len(), 2);
    });
}

/// Beyond the last of a step's waits; those that live longer just succeed.
const WAITS: usize = 80;
/// A call waits several times.
const EVERY: usize = 3;

#[test]
fn a_step_killed_at_any_of_its_waits_is_run_again_and_done_once() {
    on_a_runtime(async {
        let lives =
            STEPS.into_iter().flat_map(|step| (0..WAITS).step_by(EVERY).map(move |waits| (step, waits)));
        let live = async |(mortal, waits)| {
            let (bench, old) = Bench::of_an_endpoint().await;
            let token = bench.secrets.begins_rotation(&bench.id).await;
            let mut killed = false;
            for step in STEPS {
                if step == mortal {
                    killed = Mortal::new(bench.step(step, &token), waits).await.is_none();
                    // What was on its way arrives.
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                bench
                    .step(step, &token)
                    .await
                    .unwrap_or_else(|why| panic!("{mortal:?} {waits}: {step:?}: {why}"));
            }
            bench.secrets.ends_rotation(&bench.id, &token).await;
            let new = field(&bench.value("AWSCURRENT").await.unwrap(), "endpoint");
            let mut all: Vec<String> =
                bench.stripe.endpoints().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
            all.sort();
            let mut expected = vec![old, new];
            expected.sort();
            assert_eq!(all, expected, "{mortal:?} {waits}");
            usize::from(killed)
        };
        let mut killed = 0;
        // A few at a time: the server is one, and a call has a second.
        for some in lives.collect::<Vec<_>>().chunks(6) {
            killed += join_all(some.iter().copied().map(&live)).await.into_iter().sum::<usize>();
        }
        assert!(killed > 40, "only {killed} were killed");
    });
}

#[test]
fn what_a_rotation_left_that_was_given_up_is_gone_after_the_next() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let given_up = bench.secrets.begins_rotation(&bench.id).await;
        for step in [Step::Create, Step::Set] {
            bench.step(step, &given_up).await.unwrap();
        }
        let left = field(&bench.value("AWSPENDING").await.unwrap(), "endpoint");
        bench.rotate().await;
        let kept = bench.value("AWSCURRENT").await.unwrap();
        assert_eq!(field(&kept, "replaces"), old);
        let ids: Vec<_> = bench.stripe.endpoints().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(old), json!(field(&kept, "endpoint"))]);
        assert!(!ids.contains(&json!(left)));
        assert_eq!(bench.refuses(Step::Set, &given_up).await, "rotation_not_pending");
    });
}

#[test]
fn a_second_rotation_takes_away_what_the_first_one_replaced() {
    on_a_runtime(async {
        let (bench, first) = Bench::of_an_endpoint().await;
        bench.rotate().await;
        let second = field(&bench.value("AWSCURRENT").await.unwrap(), "endpoint");
        bench.rotate().await;
        let third = field(&bench.value("AWSCURRENT").await.unwrap(), "endpoint");
        let shown: Vec<_> =
            bench.stripe.endpoints().iter().map(|one| (one["id"].clone(), one["status"].clone())).collect();
        let (on, off) = (json!("enabled"), json!("disabled"));
        // The first one was made by hand: it is switched off, and a person may take it away.
        assert_eq!(shown, [(json!(first), off), (json!(second), on.clone()), (json!(third), on)]);
        bench.rotate().await;
        let ids: Vec<_> = bench.stripe.endpoints().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids.len(), 3);
        assert!(!ids.contains(&json!(second)) && ids.contains(&json!(third)));
    });
}

#[test]
fn an_endpoint_of_our_name_that_delivers_elsewhere_is_another_stack_s() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let client = stripe::Client::new(&bench.stripe.base(), FakeStripe::KEY).unwrap();
        let make = async |url| {
            let new = NewEndpoint {
                url,
                events: &EVENTS,
                api_version: None,
                stack: "payonce/local",
                rotation: "of-another-time",
            };
            client.create_endpoint(until(), &new).await.unwrap().id
        };
        let (theirs, left) = (make("https://pay.elsewhere.example/stripe").await, make(URL).await);
        bench.rotate().await;
        let new = field(&bench.value("AWSCURRENT").await.unwrap(), "endpoint");
        let ids: Vec<_> = bench.stripe.endpoints().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(old), json!(theirs), json!(new)], "{left} is ours");
    });
}

#[test]
fn who_is_not_rotated_here_or_not_now_is_refused_by_name() {
    on_a_runtime(async {
        let bench = Bench::with(Some("old"), Some("generated")).await;
        let unknown = "00000000-0000-4000-8000-000000000000";
        assert_eq!(bench.refuses(Step::Create, unknown).await, "rotation_token_unknown");
        let token = bench.secrets.begins_rotation(&bench.id).await;
        assert_eq!(bench.refuses(Step::Finish, &token).await, "rotation_without_value");
        let retired = token;
        bench.secrets.begins_rotation(&bench.id).await;
        assert_eq!(bench.refuses(Step::Create, &retired).await, "rotation_not_pending");

        for tag in [None, Some("something-else")] {
            let untagged = Bench::with(Some("old"), tag).await;
            let token = untagged.secrets.begins_rotation(&untagged.id).await;
            assert_eq!(untagged.refuses(Step::Create, &token).await, "rotation_not_wanted");
        }
        let missing = Bench { id: "no-such-secret".into(), ..bench };
        assert_eq!(missing.refuses(Step::Create, unknown).await, "secrets_unavailable");
    });
}

#[test]
fn an_endpoint_whose_id_was_never_kept_is_found_where_it_is_clear_which_one_it_is() {
    on_a_runtime(async {
        let bench = Bench::with(Some("whsec_by_hand"), Some("stripe-endpoint")).await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        assert_eq!(bench.refuses(Step::Create, &token).await, "rotation_endpoint_unclear");
        let (ours, _) = bench.stripe.endpoint_at_the_desk(URL, &EVENTS);
        bench.rotate().await;
        assert_eq!(field(&bench.value("AWSCURRENT").await.unwrap(), "replaces"), ours);

        let url = [("STRIPE_WEBHOOK_URL", URL)];
        let bench = Bench::reading(Some("whsec_by_hand"), Some("stripe-endpoint"), &url).await;
        bench.stripe.endpoint_at_the_desk("https://elsewhere.example/", &EVENTS);
        let (ours, _) = bench.stripe.endpoint_at_the_desk(URL, &EVENTS);
        bench.rotate().await;
        assert_eq!(field(&bench.value("AWSCURRENT").await.unwrap(), "replaces"), ours);
        let (bench, _) = (Bench::reading(Some("whsec"), Some("stripe-endpoint"), &url).await, ());
        for _ in 0..2 {
            bench.stripe.endpoint_at_the_desk(URL, &EVENTS);
        }
        let token = bench.secrets.begins_rotation(&bench.id).await;
        assert_eq!(bench.refuses(Step::Create, &token).await, "rotation_endpoint_unclear");
    });
}

#[test]
fn an_endpoint_that_somebody_deletes_meanwhile_stops_the_rotation_and_nothing_else() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let before = bench.value("AWSCURRENT").await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        bench.step(Step::Create, &token).await.unwrap();
        let new = field(&bench.value("AWSPENDING").await.unwrap(), "endpoint");
        bench.stripe.delete_endpoint(&new);
        for step in [Step::Create, Step::Set, Step::Test] {
            assert_eq!(bench.refuses(step, &token).await, "rotation_endpoint_gone", "{step:?}");
        }
        assert_eq!(bench.value("AWSCURRENT").await, before);
        bench.rotate().await;
        assert_eq!(field(&bench.value("AWSCURRENT").await.unwrap(), "replaces"), old);

        let gone = Bench::with(Some(&document("whsec_1", "we_gone")), Some("stripe-endpoint")).await;
        let token = gone.secrets.begins_rotation(&gone.id).await;
        assert_eq!(gone.refuses(Step::Create, &token).await, "rotation_endpoint_gone");
    });
}

#[test]
fn the_endpoint_that_was_replaced_is_switched_off_when_its_time_has_come_and_not_before() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let client = stripe::Client::new(&bench.stripe.base(), FakeStripe::KEY).unwrap();
        let (off_from, hour) = (SystemTime::now(), Duration::from_secs(3_600));
        let replaced = Replaced { endpoint: old.clone(), off_from };
        let until = Instant::now() + Duration::from_secs(20);
        let retires = async |now| retire(Some(&client), Some(&replaced), now, until).await.unwrap();
        assert_eq!(retires(off_from - hour).await, 0);
        assert_eq!(bench.stripe.endpoints()[0]["status"], "enabled");
        assert_eq!(retires(off_from).await, 1);
        assert_eq!(bench.stripe.endpoints()[0]["status"], "disabled");
        assert_eq!(retires(off_from + hour).await, 0);
        bench.stripe.delete_endpoint(&old);
        assert_eq!(retires(off_from + hour).await, 0);
        assert_eq!(retire(Some(&client), None, off_from, until).await.unwrap(), 0);
        let without_key = retire(None, Some(&replaced), off_from, until).await.unwrap_err();
        assert_eq!(without_key.code(), "secret_missing");
    });
}
