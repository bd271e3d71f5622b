//! Refunds on their way out: whatever becomes of a call, the provider makes each once, and what it will not make waits for a
//! person.
use std::time::Duration;

use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::refund;
use payonce_tests::Mortal;
use payonce_tests::providers::Fault;
use payonce_tests::till::{Till, at_a_till, at_a_till_with, order};

const BOTH: [payonce::inbox::Provider; 2] = [Stripe, Razorpay];

#[test]
fn an_answer_that_is_lost_once_is_asked_for_again_under_the_same_key() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, Some(15_000)).await.unwrap();
            till.plan_refund(&paid, "POST", 1, Fault::DropAfter);
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(
                (till.refund_calls(provider), till.refunds_at(provider)),
                (["GET", "POST", "POST"].map(String::from).into(), 1)
            );
            assert_eq!(till.refunds().await, ["succeeded operator 15000"]);
        });
    }
}

#[test]
fn after_an_unknown_outcome_the_list_is_asked_first_and_there_is_one_refund() {
    let late = Fault::SlowAfter(Duration::from_secs(5));
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 50).await;
            let faults = [
                (Fault::DropAfter, true),
                (Fault::FailAfter(500), true),
                (late, true),
                (Fault::DropBefore, false),
                (Fault::FailBefore(503), false),
                (Fault::FailBefore(429), false),
            ];
            for (n, (fault, took_effect)) in faults.into_iter().enumerate() {
                let paid = till.sells(provider, &[("oolong", 1)]).await;
                till.gives_back(&paid, Some(15_000)).await.unwrap();
                till.plan_refund(&paid, "POST", 3, fault);
                assert_eq!(till.sweep().await["refunds_put_off"], 1, "{fault:?}");
                assert_eq!(till.refunds_at(provider), n + usize::from(took_effect), "{fault:?}");
                till.stripe.heal();
                till.razorpay.heal();
                assert_eq!(till.sweep().await["refunds_put_off"], 0, "not before its time");
                let before = till.refund_calls(provider).len();

                // Nothing is made while the list cannot be asked.
                till.waits(6);
                till.plan_refund(&paid, "GET", 3, Fault::FailBefore(500));
                assert_eq!(till.sweep().await["refunds_put_off"], 1, "{fault:?}");
                till.waits(16);
                // A day later the provider has forgotten the key.
                till.stripe.forgets_keys();
                till.razorpay.forgets_keys();
                assert_eq!(till.sweep().await["refunds_sent"], 1, "{fault:?}");
                let calls = till.refund_calls(provider).split_off(before);
                let posted = vec!["POST"; usize::from(!took_effect)];
                assert_eq!(calls, [vec!["GET"; 4], posted].concat(), "{fault:?}");
                assert_eq!(till.refunds_at(provider), n + 1, "{fault:?}");
                till.deliver().await;
            }
            assert_eq!(till.refunds().await, ["succeeded operator 15000"; 6]);
        });
    }
}

#[test]
fn a_run_that_dies_at_any_await_leaves_each_refund_to_be_sent_once() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 200).await;
            // Once undisturbed, so that connections stand.
            let first = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&first, None).await.unwrap();
            till.sweep().await;
            let (mut died, mut made) = (0, 1);
            for waits_left in (0..14).cycle().take(42) {
                let paid = till.sells(provider, &[("oolong", 1)]).await;
                till.gives_back(&paid, None).await.unwrap();
                made += 1;
                died += u32::from(Mortal::new(till.sweep(), waits_left).await.is_none());
                for _ in 0..3 {
                    till.waits(20);
                    till.sweep().await;
                }
                assert_eq!(till.refunds_at(provider), made, "died at its wait {waits_left}");
                assert_eq!(
                    till.books(&paid).await.split(" | ").next(),
                    Some("refunded 40000 0"),
                    "died at its wait {waits_left}"
                );
            }
            println!("{}: died {died} times", provider.name());
            // How often it waits is the machine's affair: what is there already is not waited for.
            assert!(died >= 12, "only {died} times");
            till.deliver().await;
            assert!(till.refunds().await.iter().all(|row| row == "succeeded operator 40000"));
        });
    }
}

#[test]
fn what_the_provider_refuses_is_put_off_eight_times_then_given_up_until_a_person_has_it_tried_again() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            let at_the_desk = till.refund_at_the_desk(&paid, 40_000);
            till.stripe.loses_events();
            till.razorpay.loses_events();
            let (id, ..) = till.gives_back(&paid, None).await.unwrap();
            for attempt in 1..=8 {
                let report = till.sweep().await;
                let given_up = u32::from(attempt == 8);
                assert_eq!(report["refunds_put_off"], 1 - given_up, "{attempt}: {report}");
                assert_eq!(report["refunds_given_up"], given_up, "{attempt}: {report}");
                assert_eq!(report["refunds_waiting"], given_up, "{attempt}: {report}");
                let again = till.sweep().await;
                assert_eq!(again["refunds_put_off"], 0, "{attempt}: at once again");
                till.waits(25 * 60);
            }
            assert_eq!(till.sweep().await["refunds_put_off"], 0);
            let error = till.house.text("select last_error from payonce.refunds").await;
            assert!(error.starts_with("refused with 400") && error.contains("refunded"), "{error}");
            assert_eq!(
                till.house.count("payonce.refunds where next_attempt_at is null and attempts = 8").await,
                1
            );

            // The bank sent back what the desk had refunded.
            till.refund_ends(provider, &at_the_desk, false);
            till.stripe.loses_events();
            till.razorpay.loses_events();
            let client = till.operator().await;
            assert!(refund::try_again(&client, id, till.house.now()).await.unwrap());
            let before = till.refund_calls(provider).len();
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(till.refund_calls(provider).split_off(before), ["GET", "POST"]);
            till.deliver().await;
            assert_eq!(till.refunds().await, ["succeeded operator 40000"]);
            assert!(!refund::try_again(&client, id, till.house.now()).await.unwrap());
        });
    }
}

#[test]
fn of_refunds_nobody_asked_for_so_many_begin_in_an_hour_and_operators_are_not_counted() {
    at_a_till_with(&[("AUTO_REFUNDS_PER_HOUR", "12")], async |till: &Till| {
        till.house.stock("oolong", 40_000, 50).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        for _ in 0..31 {
            till.paid(&opened).await;
        }
        let other = till.sells(Stripe, &[("oolong", 1)]).await;
        till.gives_back(&other, None).await.unwrap();
        assert_eq!(till.sweep().await["refunds_sent"], 13);
        assert_eq!((till.refunds_at(Stripe), till.refunds_at(Razorpay)), (1, 12));
        till.waits(59);
        assert_eq!(till.sweep().await["refunds_sent"], 0);
        for sent in [12, 6, 0] {
            till.waits(61);
            assert_eq!(till.sweep().await["refunds_sent"], sent);
        }
        till.deliver().await;
        assert_eq!(till.house.count("payonce.refunds where state = 'succeeded'").await, 31);
        assert_eq!(till.house.stock_of("oolong").await, 48);
    });
}

#[test]
fn switched_off_no_refund_goes_out_by_itself_but_those_a_person_wants_do() {
    at_a_till_with(&[("AUTO_REFUNDS_PER_HOUR", "0")], async |till: &Till| {
        till.house.stock("oolong", 40_000, 50).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        for _ in 0..3 {
            till.paid(&opened).await;
        }
        for _ in 0..3 {
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            till.waits(120);
        }
        let other = till.sells(Razorpay, &[("oolong", 1)]).await;
        till.gives_back(&other, None).await.unwrap();
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        let id = till.house.value("select id from payonce.refunds where state = 'requested' limit 1").await;
        assert!(refund::try_again(&till.operator().await, id, till.house.now()).await.unwrap());
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.house.count("payonce.refunds where state = 'requested'").await, 1);
    });
}
