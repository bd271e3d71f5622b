//! Rotations that hang, are tried out, or were interrupted at their very end.
use std::time::{Duration, SystemTime};

use payonce::rotation::{Done, Step};
use payonce_tests::on_a_runtime;
use serde_json::json;

use super::{Bench, STEPS, field, until};

const AN_HOUR: Duration = Duration::from_secs(3_600);
/// The clock of Secrets Manager has whole seconds.
const A_MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_new_value_that_waits_for_an_hour_is_not_promoted_and_the_next_rotation_begins_afresh() {
    on_a_runtime(async {
        for late in [Step::Test, Step::Finish] {
            let bench = Bench::with(Some("old"), Some("generated")).await;
            let token = bench.secrets.begins_rotation(&bench.id).await;
            bench.step(Step::Create, &token).await.unwrap();
            bench.step_after(AN_HOUR - A_MINUTE, Step::Test, &token).await.unwrap();
            let refused = bench.step_after(AN_HOUR + A_MINUTE, late, &token).await.unwrap_err();
            assert_eq!(refused.code(), "rotation_too_old", "{late:?}");
            assert_eq!(bench.value("AWSCURRENT").await.as_deref(), Some("old"));
            // Else Secrets Manager would begin no other one.
            assert_eq!(bench.value("AWSPENDING").await, None);
            assert_eq!(bench.refuses(late, &token).await, "rotation_not_pending");
            bench.rotate().await;
            assert_eq!(bench.value("AWSPREVIOUS").await.as_deref(), Some("old"));
        }
    });
}

#[test]
fn an_endpoint_whose_rotation_hangs_is_taken_away_while_its_secret_is_still_accepted() {
    on_a_runtime(async {
        let (bench, old) = Bench::of_an_endpoint().await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        for step in [Step::Create, Step::Set, Step::Test] {
            bench.step(step, &token).await.unwrap();
        }
        let refused = bench.step_after(AN_HOUR + A_MINUTE, Step::Finish, &token).await.unwrap_err();
        assert_eq!(refused.code(), "rotation_too_old");
        let ids: Vec<_> = bench.stripe.endpoints().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(old)]);
        bench.rotate().await;
        assert_eq!(field(&bench.value("AWSCURRENT").await.unwrap(), "replaces"), old);
    });
}

#[test]
fn all_steps_at_once_go_on_with_what_is_young_and_begin_afresh_where_it_hangs() {
    on_a_runtime(async {
        for (wait, goes_on) in [(Duration::ZERO, true), (AN_HOUR + A_MINUTE, false)] {
            let bench = Bench::with(Some("old"), Some("generated")).await;
            let begun = bench.secrets.begins_rotation(&bench.id).await;
            bench.step(Step::Create, &begun).await.unwrap();
            let waiting = bench.value("AWSPENDING").await;
            let now = SystemTime::now() + wait;
            let (done, version) = bench.rotation.run_all(&bench.id, now, until()).await.unwrap();
            assert_eq!((done, version == begun), (Done::Worked, goes_on));
            let current = bench.value("AWSCURRENT").await;
            assert_eq!(current == waiting, goes_on);
            assert_eq!(bench.value("AWSPREVIOUS").await.as_deref(), Some("old"));
            assert_eq!(bench.value("AWSPENDING").await, None);
        }
    });
}

#[test]
fn a_rotation_interrupted_after_its_promotion_is_done_and_no_second_one_begins() {
    on_a_runtime(async {
        let bench = Bench::with(Some("old"), Some("generated")).await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        bench.step(Step::Create, &token).await.unwrap();
        bench.rotation.kept(&bench.id).await.unwrap().promote(&token).await.unwrap();
        let (current, pending) = (bench.value("AWSCURRENT").await, bench.value("AWSPENDING").await);
        assert_eq!(current, pending, "the label is still there");
        let ran = bench.rotation.run_all(&bench.id, SystemTime::now(), until()).await.unwrap();
        assert_eq!(ran, (Done::Already, token));
        assert_eq!(bench.value("AWSCURRENT").await, current);
        assert_eq!(bench.value("AWSPREVIOUS").await.as_deref(), Some("old"));
        assert_eq!(bench.value("AWSPENDING").await, None);
    });
}

#[test]
fn a_rotation_that_is_done_leaves_no_label_so_the_next_one_is_another() {
    on_a_runtime(async {
        let bench = Bench::with(Some("old"), Some("generated")).await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        for step in STEPS {
            bench.step(step, &token).await.unwrap();
        }
        let first = bench.value("AWSCURRENT").await;
        assert_eq!(bench.value("AWSPENDING").await, None);
        let (done, _) = bench.rotation.run_all(&bench.id, SystemTime::now(), until()).await.unwrap();
        assert_eq!(done, Done::Worked);
        assert_eq!(bench.value("AWSPREVIOUS").await, first);
    });
}

#[test]
fn a_promotion_whose_answer_was_lost_is_one() {
    on_a_runtime(async {
        let bench = Bench::with(Some("old"), Some("generated")).await;
        let token = bench.secrets.begins_rotation(&bench.id).await;
        bench.step(Step::Create, &token).await.unwrap();
        let kept = bench.rotation.kept(&bench.id).await.unwrap();
        // As the second try asks, which does not know of the first.
        for _ in 0..2 {
            kept.promote(&token).await.unwrap();
        }
        assert_eq!(bench.value("AWSPREVIOUS").await.as_deref(), Some("old"));
        kept.promote("00000000-0000-4000-8000-000000000000").await.unwrap_err();
    });
}

#[test]
fn a_rotation_that_is_only_set_up_has_nothing_to_test_and_what_it_was_tried_with_is_never_promoted() {
    on_a_runtime(async {
        for kind in ["generated", "stripe-endpoint"] {
            // A copy of what is in force, or nothing at all.
            for (value, finish) in [(Some("old"), "rotation_not_new"), (None, "rotation_without_value")] {
                let bench = Bench::with(Some("old"), Some(kind)).await;
                let token = match value {
                    Some(_) => bench.secrets.sets_rotation_up(&bench.id).await,
                    None => bench.secrets.begins_rotation(&bench.id).await,
                };
                assert_eq!(bench.value("AWSPENDING").await.as_deref(), value, "{kind}");
                assert_eq!(bench.step(Step::Test, &token).await.unwrap(), Done::Untested, "{kind}");
                assert_eq!(bench.refuses(Step::Finish, &token).await, finish, "{kind}");
                assert_eq!(bench.value("AWSCURRENT").await.as_deref(), Some("old"));
            }
        }
    });
}
