//! A dispute decides over money that was to go back: while it is open nothing is sent, and what it took is not given back
//! again.
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::payment;
use payonce_tests::desk::Paid;
use payonce_tests::till::{Till, at_a_till, order};
use serde_json::json;

const BOTH: [Provider; 2] = [Stripe, Razorpay];

/// The second payment of one order.
async fn duplicate(till: &Till<'_>) -> Paid {
    let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
    till.paid(&opened).await;
    till.paid(&opened).await
}

#[test]
fn an_open_dispute_keeps_a_requested_refund_back_until_it_is_won() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.gives_back(&paid, Some(15_000)).await.unwrap();
            till.dispute(&paid, "needs_response", 40_000, 0).await;
            for _ in 0..3 {
                assert_eq!(till.sweep().await["refunds_sent"], 0);
                till.waits(60);
            }
            assert!(till.refund_calls(provider).is_empty());
            till.dispute(&paid, "won", 40_000, 9).await;
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(
                till.books(&paid).await,
                "partially_refunded 15000 0 | partially_refunded 1 40000 15000"
            );
        });
    }
}

#[test]
fn what_an_operator_asked_for_is_off_when_the_dispute_took_the_money_and_stays_when_it_still_fits() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let (whole, part) =
                (till.sells(provider, &[("oolong", 1)]).await, till.sells(provider, &[("oolong", 1)]).await);
            till.gives_back(&whole, Some(30_000)).await.unwrap();
            till.gives_back(&part, Some(30_000)).await.unwrap();
            for (paid, disputed) in [(&whole, 40_000), (&part, 10_000)] {
                till.dispute(paid, "needs_response", disputed, 0).await;
                till.dispute(paid, "lost", disputed, 9).await;
            }
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(till.refunds().await, ["cancelled operator 30000", "succeeded operator 30000"]);
            assert_eq!(till.refunds_at(provider), 1);
            assert_eq!(till.books(&whole).await, "paid 0 40000 | paid 2 80000 30000");
        });
    }
}

#[test]
fn a_duplicate_that_was_lost_to_a_dispute_is_not_refunded_and_is_again_when_that_is_overturned() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let second = duplicate(till).await;
        assert_eq!(till.refunds().await, ["requested duplicate 40000"]);
        till.dispute(&second, "needs_response", 40_000, 0).await;
        assert_eq!(till.sweep().await["refunds_sent"], 0);
        till.dispute(&second, "lost", 40_000, 9).await;
        assert_eq!(till.refunds().await, ["cancelled duplicate 40000"]);
        assert_eq!(till.sweep().await["refunds_sent"], 0);
        let waiting = payment::waiting(&till.operator().await, 10).await.unwrap();
        assert_eq!(waiting["unrefunded"], json!([]), "nothing is left to give back");
        // A late report of the time before it was decided changes nothing; an overturned decision does.
        assert_eq!(till.dispute(&second, "needs_response", 40_000, 20).await, "processed no_change");
        assert_eq!(till.sweep().await["refunds_sent"], 0);
        till.dispute(&second, "won", 40_000, 30).await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.refunds().await, ["cancelled duplicate 40000", "succeeded duplicate 40000"]);
        assert_eq!(till.refunds_at(Razorpay), 1);
    });
}

#[test]
fn of_a_duplicate_lost_in_part_the_rest_goes_back() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let second = duplicate(till).await;
        till.dispute(&second, "needs_response", 15_000, 0).await;
        till.dispute(&second, "lost", 15_000, 9).await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.refunds().await, ["cancelled duplicate 40000", "succeeded duplicate 25000"]);
    });
}

#[test]
fn credits_are_gone_while_their_money_is_disputed_and_back_when_it_is_won() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            let paid = till.tops_up(provider, 100).await;
            till.dispute(&paid, "needs_response", 25_000, 0).await;
            assert_eq!(till.books(&paid).await, "paid 0 25000 | 0");
            till.dispute(&paid, "won", 25_000, 5).await;
            assert_eq!(till.books(&paid).await, "paid 0 0 | 100");
            // A part of it, and a refund of the rest.
            let other = till.tops_up(provider, 100).await;
            till.dispute(&other, "needs_response", 10_000, 0).await;
            assert_eq!(till.books(&other).await, "paid 0 10000 | 160");
            till.dispute(&other, "lost", 10_000, 5).await;
            till.gives_back(&other, None).await.unwrap();
            till.sweep().await;
            assert_eq!(till.books(&other).await, "partially_refunded 15000 10000 | 100");
        });
    }
}
