//! The inbox: stored once, failed and taken up again, dead, parked, replayed.
use std::time::Duration;

use payonce::db::ANSWER_WITHIN;
use payonce::fulfilment::{Tally, replay};
use payonce::inbox::{
    self,
    Provider::{Razorpay, Stripe},
};
use payonce::razorpay;
use payonce_tests::{Checkout, House, RAZORPAY_SECRET, in_a_house, in_a_house_with};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3_600);

/// The one event of the house.
async fn event(house: &House, column: &str) -> String {
    house.text(&format!("select coalesce(({column})::text, '') from payonce.webhook_events")).await
}

async fn event_id(house: &House) -> Uuid {
    house.value("select id from payonce.webhook_events").await
}

async fn again(house: &House) -> Option<String> {
    let (expected, retry) = (&house.config.expected, house.config.retry);
    let settled = replay(&house.db, expected, retry, house.now(), event_id(house).await).await.unwrap();
    settled.map(|settled| format!("{} {}", settled.status.name(), settled.outcome))
}

/// An event marked as ours whose payment is not stored yet: the surest way to fail for a while.
async fn orphan(house: &House) -> Checkout {
    let mut checkout = house.topup(Stripe, 100, 10_000).await;
    checkout.told.mark = Some(Uuid::now_v7());
    checkout.told.provider_order = "cs_test_of_nobody".into();
    checkout
}

#[test]
fn an_event_that_fails_is_ours_to_retry_and_dies_after_five_attempts() {
    in_a_house(async |house: &House| {
        let body = orphan(house).await.paid();
        assert_eq!(house.outcome(Stripe, &body).await, "failed payment_not_stored_yet");
        assert_eq!(event(house, "attempts").await, "1");
        assert_eq!(house.retry().await, Tally::default(), "not due yet");
        for attempt in 2..=5 {
            house.ahead.set(house.ahead.get() + 2 * HOUR);
            let expected = if attempt < 5 {
                Tally { failed: 1, ..Tally::default() }
            } else {
                Tally { dead: 1, ..Tally::default() }
            };
            assert_eq!(house.retry().await, expected, "attempt {attempt}");
            assert_eq!(event(house, "attempts").await, attempt.to_string());
        }
        assert_eq!(
            house.count("payonce.webhook_dead_letter_queue where last_error like '%not stored yet%'").await,
            1
        );
        house.ahead.set(house.ahead.get() + 24 * HOUR);
        assert_eq!(house.retry().await, Tally::default(), "the dead stay dead");
        assert_eq!(house.outcome(Stripe, &body).await, "dead payment_not_stored_yet");
    });
}

#[test]
fn a_failed_event_is_applied_by_retry_by_redelivery_and_by_replay_alike() {
    in_a_house(async |house: &House| {
        for door in ["retry", "redelivery", "replay"] {
            house.run("truncate payonce.webhook_events").await;
            let checkout = house.topup(Stripe, 100, 10_000).await;
            house.run(&format!("alter table payonce.credit_accounts add constraint planted check (account_id <> '{}' or wallet = 0) not valid", checkout.account.unwrap())).await;
            let body = checkout.paid();
            assert_eq!(house.outcome(Stripe, &body).await, "failed constraint_refused");
            assert!(event(house, "last_error").await.contains("planted"), "the reason is told by its name");
            house.run("alter table payonce.credit_accounts drop constraint planted").await;
            match door {
                "retry" => {
                    house.ahead.set(house.ahead.get() + 2 * HOUR);
                    assert_eq!(house.retry().await, Tally { settled: 1, ..Tally::default() });
                }
                "redelivery" => assert_eq!(house.outcome(Stripe, &body).await, "processed credits_granted"),
                _ => assert_eq!(again(house).await.as_deref(), Some("processed credits_granted")),
            }
            assert_eq!(house.wallet(&checkout).await, 100, "{door}");
            assert_eq!(
                event(house, "status || coalesce(last_error, '') || coalesce(lease_until::text, '')").await,
                "processed"
            );
            assert_eq!(again(house).await, None, "what is processed is not replayed");
            let told = "payonce.billing_audit_log a join payonce.webhook_events e on e.id = a.event_id";
            assert_eq!(
                house.count(told).await,
                1,
                "the audit row names the event under the id it is stored under"
            );
        }
    });
}

#[test]
fn a_dead_event_comes_back_to_life_when_it_is_delivered_again_after_the_mending() {
    in_a_house_with(&[("WEBHOOK_MAX_ATTEMPTS", "1")], async |house: &House| {
        let mut checkout = house.topup(Stripe, 100, 10_000).await;
        let mark = checkout.told.mark.replace(Uuid::now_v7());
        checkout.told.provider_order = "cs_test_of_nobody".into();
        let body = checkout.paid();
        house.outcome(Stripe, &body).await;
        house.ahead.set(2 * HOUR);
        assert_eq!(house.retry().await.dead, 1);
        house
            .run(&format!("insert into payonce.payments (id, purpose, account_id, credits, provider, amount_minor, currency, livemode)
                select '{}', purpose, account_id, credits, provider, amount_minor, currency, livemode from payonce.payments where id = '{}'",
                checkout.told.mark.unwrap(), mark.unwrap()))
            .await;
        assert_eq!(house.outcome(Stripe, &body).await, "processed credits_granted");
        assert_eq!(house.count("payonce.webhook_dead_letter_queue").await, 0);
    });
}

#[test]
fn an_attempt_that_killed_its_process_has_counted_and_five_of_them_are_death() {
    in_a_house(async |house: &House| {
        let body = orphan(house).await.paid();
        house.outcome(Stripe, &body).await;
        for attempt in 2..=5 {
            house.ahead.set(house.ahead.get() + 2 * HOUR);
            // Leased and never heard of again, as when the process dies while it applies.
            let leased = inbox::lease_due(&house.db, Instant::now() + ANSWER_WITHIN, house.now(), 5)
                .await
                .unwrap()
                .unwrap();
            assert_eq!((leased.attempt, leased.status), (attempt, inbox::Status::Failed));
            let second =
                inbox::lease_due(&house.db, Instant::now() + ANSWER_WITHIN, house.now(), 5).await.unwrap();
            assert!(second.is_none(), "a leased event is not leased twice");
        }
        house.ahead.set(house.ahead.get() + 2 * HOUR);
        assert_eq!(house.retry().await, Tally { dead: 1, ..Tally::default() });
        assert_eq!(event(house, "status || attempts").await, "dead5");
    });
}

#[test]
fn a_lease_that_was_taken_over_applies_nothing() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Stripe, 100, 10_000).await;
        let body = checkout.paid();
        house.run("alter table payonce.credit_accounts add constraint planted check (wallet = 0)").await;
        house.outcome(Stripe, &body).await;
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        house.ahead.set(2 * HOUR);
        let deadline = Instant::now() + ANSWER_WITHIN;
        let frozen = inbox::lease_due(&house.db, deadline, house.now(), 5).await.unwrap().unwrap();
        house.ahead.set(4 * HOUR);
        let later = inbox::lease_due(&house.db, deadline, house.now(), 5).await.unwrap().unwrap();
        assert_eq!((frozen.attempt, later.attempt), (2, 3));
        let woken = payonce::stripe::read(frozen.verified).unwrap().held_to(&house.config.expected);
        let claim = inbox::Claim::leased(&woken, house.now(), frozen.attempt);
        let payonce::inbox::Fact::Captured(capture) = &woken.fact else { panic!("a capture") };
        let settled = payonce::payment::settle(&house.db, deadline, &claim, capture).await.unwrap();
        assert!(!settled.mine, "the frozen one woke up and was fenced out");
        house.ahead.set(6 * HOUR);
        assert_eq!(house.retry().await.settled, 1);
        assert_eq!(house.wallet(&checkout).await, 100);
    });
}

#[test]
fn a_parked_event_waits_for_a_person_and_is_applied_once_the_cause_is_mended() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Stripe, 100, 10_000).await;
        let body = checkout.tells_with("checkout.session.completed", |told| told.livemode = true);
        assert_eq!(house.outcome(Stripe, &body).await, "parked livemode_mismatch");
        assert_eq!(
            house.outcome(Stripe, &body).await,
            "duplicate livemode_mismatch",
            "a redelivery changes nothing"
        );
        assert_eq!(house.retry().await, Tally::default());
        assert_eq!(again(house).await.as_deref(), Some("parked livemode_mismatch"));
        assert_eq!(house.wallet(&checkout).await, 0);
    });
}

#[test]
fn an_ignored_event_is_stored_with_its_exact_bytes_and_replay_finds_it_as_it_came() {
    in_a_house(async |house: &House| {
        let body = r#"{"id":"evt_nul","object":"event","type":"customer.created","created":1700000000,"livemode":false,"data":{"object":{"name":"a\u0000b","name":"twice"}}}"#;
        assert_eq!(house.outcome(Stripe, body).await, "ignored unhandled_type");
        assert_eq!(house.value::<Vec<u8>>("select body from payonce.webhook_events").await, body.as_bytes());
        assert_eq!(event(house, "provider_created_at = to_timestamp(1700000000)").await, "true");
        assert_eq!(event(house, "secret_version").await, "current");
        assert_eq!(again(house).await.as_deref(), Some("ignored unhandled_type"));
        assert_eq!(house.count("payonce.webhook_events").await, 1);
    });
}

#[test]
fn a_razorpay_body_under_a_new_event_id_is_the_same_event() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Razorpay, 100, 10_000).await;
        let body = checkout.paid();
        let signature = razorpay::sign(body.as_bytes(), RAZORPAY_SECRET);
        for (event_id, status) in [("evt_first", "processed"), ("evt_second", "duplicate")] {
            let headers = json!({ "x-razorpay-signature": signature, "x-razorpay-event-id": event_id });
            let answer = house.post(Razorpay, headers, &body).await;
            assert_eq!((answer.status, answer.body["status"].as_str()), (200, Some(status)));
        }
        assert_eq!(event(house, "header_id || deliveries").await, "evt_first2");
        assert_eq!(house.wallet(&checkout).await, 100);
    });
}

#[test]
fn a_missing_creation_time_is_the_epoch_and_still_one_event() {
    in_a_house(async |house: &House| {
        for created in ["", r#""created":null,"#, r#""created":"soon","#, r#""created":-5,"#] {
            let body = format!(
                r#"{{"id":"evt_timeless","object":"event",{created}"type":"plan.created","livemode":false,"data":{{"object":{{}}}}}}"#
            );
            house.outcome(Stripe, &body).await;
        }
        assert_eq!(house.count("payonce.webhook_events").await, 1);
        assert_eq!(event(house, "extract(epoch from provider_created_at)::bigint").await, "0");
    });
}

#[test]
fn a_foreign_account_is_parked() {
    in_a_house_with(&[("RAZORPAY_ACCOUNT_ID", "acc_ours")], async |house: &House| {
        let topup = house.topup(Razorpay, 100, 10_000).await;
        assert_eq!(house.outcome(Razorpay, &topup.paid()).await, "parked foreign_account");
        let body = r#"{"id":"evt_connect","object":"event","account":"acct_1Other","type":"payout.paid","created":1700000000,"livemode":false,"data":{"object":{}}}"#;
        assert_eq!(house.outcome(Stripe, body).await, "parked foreign_account");
    });
}

#[test]
fn a_fault_of_the_house_costs_an_event_no_attempt_however_often_it_is_taken_up() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Stripe, 100, 10_000).await;
        house.run("alter table payonce.credit_accounts add constraint planted check (wallet = 0)").await;
        house.outcome(Stripe, &checkout.paid()).await;
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        let functions = payonce::db::release::schema();
        house.run(&format!("alter schema {functions} rename to away")).await;
        for _ in 0..10 {
            house.ahead.set(house.ahead.get() + 2 * HOUR);
            assert_eq!(house.retry().await, Tally { put_back: 1, ..Tally::default() });
            assert_eq!(event(house, "status || attempts").await, "failed1");
        }
        house.run(&format!("alter schema away rename to {functions}")).await;
        house.ahead.set(house.ahead.get() + 2 * HOUR);
        assert_eq!(house.retry().await, Tally { settled: 1, ..Tally::default() });
        assert_eq!(house.wallet(&checkout).await, 100);
    });
}

#[test]
fn one_event_with_a_fault_of_the_house_does_not_keep_the_others_waiting() {
    in_a_house(async |house: &House| {
        let locked = house.topup(Stripe, 100, 10_000).await;
        let others = [house.topup(Stripe, 100, 10_000).await, house.topup(Stripe, 100, 10_000).await];
        house.run("alter table payonce.credit_accounts add constraint planted check (wallet = 0)").await;
        for checkout in [&locked, &others[0], &others[1]] {
            house.outcome(Stripe, &checkout.paid()).await;
        }
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        house
            .run(&format!("begin; select from payonce.payments where id = '{}' for update", locked.payment))
            .await;
        house.ahead.set(2 * HOUR);
        assert_eq!(house.retry().await, Tally { settled: 2, put_back: 1, ..Tally::default() });
        house.run("rollback").await;
        house.ahead.set(4 * HOUR);
        assert_eq!(house.retry().await, Tally { settled: 1, ..Tally::default() });
    });
}

#[test]
fn a_retry_with_other_settings_than_the_function_s_parks_nothing() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Stripe, 100, 10_000).await;
        house.run("alter table payonce.credit_accounts add constraint planted check (wallet = 0)").await;
        house.outcome(Stripe, &checkout.paid()).await;
        house.run("alter table payonce.credit_accounts drop constraint planted").await;
        house.ahead.set(2 * HOUR);
        let expected = payonce::config::Expected { livemode: true, ..house.config.expected.clone() };
        let until = Instant::now() + Duration::from_secs(60);
        let tally =
            payonce::fulfilment::retry_due(&house.db, &expected, house.config.retry, || house.now(), until)
                .await;
        assert_eq!(tally.unwrap(), Tally { put_back: 1, ..Tally::default() });
        assert_eq!(event(house, "status || attempts").await, "failed1");
        house.ahead.set(4 * HOUR);
        assert_eq!(house.retry().await.settled, 1);
    });
}

#[test]
fn a_retry_without_time_for_one_answer_says_so() {
    in_a_house(async |house: &House| {
        let until = Instant::now() + Duration::from_secs(5);
        let (expected, retry) = (&house.config.expected, house.config.retry);
        let failure = payonce::fulfilment::retry_due(&house.db, expected, retry, || house.now(), until)
            .await
            .unwrap_err();
        assert_eq!(failure.code(), "no_time");
    });
}

#[test]
fn a_parked_event_whose_replay_was_killed_is_parked_again_and_keeps_nobody_waiting() {
    in_a_house(async |house: &House| {
        let checkout = house.topup(Stripe, 100, 10_000).await;
        let live = |told: &mut payonce::inbox::SamplePayment| told.livemode = true;
        house.outcome(Stripe, &checkout.tells_with("checkout.session.completed", live)).await;
        let deadline = Instant::now() + ANSWER_WITHIN;
        let leased = inbox::lease_one(&house.db, deadline, house.now(), event_id(house).await).await.unwrap();
        assert!(leased.is_some(), "taken up, and never heard of again");
        house.ahead.set(HOUR);
        assert_eq!(house.retry().await, Tally { parked: 1, ..Tally::default() });
        assert_eq!(event(house, "status || ' ' || outcome").await, "parked livemode_mismatch");
    });
}

#[test]
fn a_delivery_that_fails_beside_a_leased_attempt_neither_counts_nor_takes_the_lease() {
    in_a_house(async |house: &House| {
        let body = orphan(house).await.paid();
        house.outcome(Stripe, &body).await;
        house.run("update payonce.webhook_events set attempts = 4").await;
        house.ahead.set(2 * HOUR);
        let deadline = Instant::now() + ANSWER_WITHIN;
        let leased = inbox::lease_due(&house.db, deadline, house.now(), 5).await.unwrap().unwrap();
        assert_eq!(leased.attempt, 5);
        assert_eq!(
            house.outcome(Stripe, &body).await,
            "failed payment_not_stored_yet",
            "not dead: the attempt still runs"
        );
        assert_eq!(event(house, "attempts || ' ' || (lease_until is not null)").await, "5 true");
        inbox::put_back(&house.db, deadline, house.now(), &leased).await.unwrap();
        assert_eq!(event(house, "attempts || ' ' || (lease_until is not null)").await, "4 false");
        house.run("update payonce.webhook_events set next_attempt_at = now() + interval '1 hour'").await;
    });
}
