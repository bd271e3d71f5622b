//! What providers tell of refunds, before, after or instead of their answer to us: one refund is one row, and what fails
//! later is undone.
use std::time::Duration;

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::providers::Fault;
use payonce_tests::till::{Till, at_a_till, order};

const BOTH: [Provider; 2] = [Stripe, Razorpay];

/// Every webhook that waits, brought twice, the second time backwards.
async fn deliver_twice(till: &Till<'_>) {
    for (provider, bodies) in [(Stripe, till.stripe.events()), (Razorpay, till.razorpay.events())] {
        for body in bodies.iter().chain(bodies.iter().rev()) {
            let outcome = till.house.outcome(provider, body).await;
            assert!(outcome.starts_with("processed ") || outcome.starts_with("duplicate "), "{outcome}");
        }
    }
}

#[test]
fn a_webhook_before_after_or_instead_of_the_answer_makes_no_second_row() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            // After it.
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, None).await.unwrap();
            till.sweep().await;
            deliver_twice(till).await;
            assert_eq!(till.refunds().await, ["succeeded operator 40000"]);

            // Before it.
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, None).await.unwrap();
            till.plan_refund(&paid, "POST", 1, Fault::SlowAfter(Duration::from_secs(2)));
            let overtake = async {
                while till.refunds_at(provider) < 2 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                deliver_twice(till).await;
                till.books(&paid).await
            };
            let (report, told) = tokio::join!(till.sweep(), overtake);
            assert_eq!(report["refunds_sent"], 1);
            assert_eq!(told, "refunded 40000 0 | refunded 2 80000 80000", "before the answer came");
            assert_eq!(till.refunds().await, ["succeeded operator 40000"; 2]);

            // Instead of it.
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, None).await.unwrap();
            till.plan_refund(&paid, "POST", 3, Fault::DropAfter);
            assert_eq!(till.sweep().await["refunds_put_off"], 1);
            deliver_twice(till).await;
            assert_eq!(till.refunds().await, ["succeeded operator 40000"; 3]);
            till.waits(10);
            let calls = till.refund_calls(provider).len();
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            assert_eq!((till.refund_calls(provider).len(), till.refunds_at(provider)), (calls, 3));
        });
    }
}

#[test]
fn a_refund_of_the_same_amount_at_the_desk_is_taken_as_ours_and_nothing_is_sent_twice() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, Some(15_000)).await.unwrap();
            let made = till.refund_at_the_desk(&paid, 15_000);
            deliver_twice(till).await;
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            assert_eq!(till.refunds().await, ["succeeded operator 15000"]);
            assert_eq!(till.last_sent().await, made);
            assert_eq!(
                till.books(&paid).await,
                "partially_refunded 15000 0 | partially_refunded 1 40000 15000"
            );
            assert!(till.refund_calls(provider).is_empty());
        });
    }
}

#[test]
fn what_was_refunded_at_the_desk_meanwhile_is_not_sent_again_and_the_rest_is() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        // An operator's that does not fit any more is off, and its place is free.
        let paid = till.sells(Stripe, &[("oolong", 1)]).await;
        till.gives_back(&paid, Some(30_000)).await.unwrap();
        till.refund_at_the_desk(&paid, 12_000);
        till.deliver().await;
        assert_eq!(till.refunds().await, ["cancelled operator 30000", "succeeded provider 12000"]);
        assert_eq!(till.house.count("payonce.billing_audit_log where action = 'refund.cancelled'").await, 1);
        assert_eq!(till.gives_back(&paid, None).await.unwrap().1, 28_000);
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.books(&paid).await, "refunded 40000 0 | refunded 1 40000 40000");

        // One that still fits goes out.
        let paid = till.sells(Stripe, &[("oolong", 1)]).await;
        till.gives_back(&paid, Some(28_000)).await.unwrap();
        till.refund_at_the_desk(&paid, 12_000);
        till.deliver().await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);

        // One that nobody asked for is always what is left.
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        till.paid(&opened).await;
        let second = till.paid(&opened).await;
        till.refund_at_the_desk(&second, 12_000);
        till.deliver().await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        till.deliver().await;
        assert_eq!(
            till.refunds().await.split_off(5),
            ["cancelled duplicate 40000", "succeeded provider 12000", "succeeded duplicate 28000"]
        );
        assert_eq!(till.house.stock_of("oolong").await, 2);
    });
}

#[test]
fn a_refund_that_failed_at_the_desk_is_not_the_one_that_was_never_sent() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            let made = till.refund_at_the_desk(&paid, 40_000);
            // Only its end arrives.
            till.stripe.loses_events();
            till.razorpay.loses_events();
            till.gives_back(&paid, None).await.unwrap();
            till.refund_ends(provider, &made, false);
            till.deliver().await;
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            till.deliver().await;
            assert_eq!(till.refunds().await, ["succeeded operator 40000", "failed provider 40000"]);
        });
    }
}

#[test]
fn a_refund_that_fails_later_gives_everything_back_and_an_operators_is_not_asked_for_again() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let order = till.sells(provider, &[("oolong", 1)]).await;
            let credits = till.tops_up(provider, 100).await;
            for (paid, gone, back) in [
                (&order, "refunded 40000 0 | refunded 1 40000 40000", "paid 0 0 | paid 1 40000 0"),
                (&credits, "refunded 25000 0 | 0", "paid 0 0 | 100"),
            ] {
                till.gives_back(paid, None).await.unwrap();
                till.sweep().await;
                assert_eq!(till.books(paid).await, gone);
                till.refund_ends(provider, &till.last_sent().await, false);
                deliver_twice(till).await;
                assert_eq!(till.books(paid).await, back);
                till.waits(60);
                assert_eq!(till.sweep().await["refunds_sent"], 0);
                // An operator may ask again, and it is another refund.
                till.gives_back(paid, None).await.unwrap();
                assert_eq!(till.sweep().await["refunds_sent"], 1);
                till.deliver().await;
                assert_eq!(till.books(paid).await, gone);
            }
            assert_eq!(till.refunds_at(provider), 4);
        });
    }
}

#[test]
fn a_refund_nobody_asked_for_is_requested_anew_when_it_fails_three_times_at_most() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 1).await;
            // Paid late, when another had bought the last piece.
            let late = till.opened(&order(provider, &[("oolong", 1)])).await;
            // In the house alone: its buyer is in the middle of paying.
            till.house.ahead.set(Duration::from_secs(3 * 3_600));
            till.sweep().await;
            till.sells(provider, &[("oolong", 1)]).await;
            let paid = till.paid(&late).await;
            assert_eq!(till.refunds().await, ["requested unfulfillable 40000"]);
            for attempt in 1..=3 {
                assert_eq!(till.sweep().await["refunds_sent"], 1, "{attempt}");
                deliver_twice(till).await;
                assert_eq!(till.books(&paid).await.split(' ').next(), Some("refunded"));
                till.refund_ends(provider, &till.last_sent().await, false);
                deliver_twice(till).await;
                assert_eq!(till.books(&paid).await.split(' ').next(), Some("unfulfillable"));
            }
            assert_eq!(till.refunds().await, ["failed unfulfillable 40000"; 3]);
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            // Invariant I15 speaks of it now; a person gives it back.
            till.gives_back(&paid, None).await.unwrap();
            assert_eq!(till.sweep().await["refunds_sent"], 1);
        });
    }
}

#[test]
fn a_pending_refund_moves_nothing_until_it_succeeds() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            till.refunds_are_slow();
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, Some(10_000)).await.unwrap();
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            deliver_twice(till).await;
            assert_eq!(till.refunds().await, ["pending operator 10000"]);
            assert_eq!(till.books(&paid).await, "paid 0 0 | paid 1 40000 0");
            till.waits(60);
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            till.refund_ends(provider, &till.last_sent().await, true);
            deliver_twice(till).await;
            assert_eq!(till.refunds().await, ["succeeded operator 10000"]);
            assert_eq!(
                till.books(&paid).await,
                "partially_refunded 10000 0 | partially_refunded 1 40000 10000"
            );
            assert_eq!(till.refund_calls(provider), ["GET", "POST"]);
        });
    }
}
