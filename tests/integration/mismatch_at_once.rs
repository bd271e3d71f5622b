//! Many decide about the same money at once.
use futures_util::future::join_all;
use payonce::inbox::Provider::Razorpay;
use payonce_tests::till::{Till, at_a_till, order};

use crate::mismatch::{accept, code, refund};

#[test]
fn of_decisions_at_once_one_is_taken() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 50).await;
        let (mut accepted, mut refunded) = (0, 0);
        for round in 0..12 {
            let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
            let paid = till.pays_instead(&opened, 39_000, "INR").await;
            let accepts = join_all((0..4).map(|_| accept(till, &paid)));
            let refunds = join_all((0..4).map(|_| refund(till, &paid)));
            // Whoever is polled first has the better start.
            let (accepts, refunds) = if round % 2 == 0 {
                tokio::join!(accepts, refunds)
            } else {
                let (refunds, accepts) = tokio::join!(refunds, accepts);
                (accepts, refunds)
            };
            let one = accepts.iter().filter(|answer| answer.is_ok()).count();
            let other = refunds.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(one + other, 1);
            (accepted, refunded) = (accepted + one, refunded + other);
            for answer in accepts {
                assert!(answer.is_ok() || code(answer) == "mismatch_decided");
            }
            for answer in refunds {
                assert!(answer.is_ok() || ["mismatch_decided", "refund_impossible"].contains(&code(answer)));
            }
        }
        assert!(accepted > 0 && refunded > 0, "accepted {accepted}, refunded {refunded}: no race");
        assert_eq!(till.sweep().await["refunds_sent"], refunded);
        till.deliver().await;
        assert_eq!(till.house.stock_of("oolong").await, 50 - i64::try_from(accepted).unwrap());
    });
}
