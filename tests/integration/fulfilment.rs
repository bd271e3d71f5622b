//! A payment takes effect once: order, stock, promotion, customer, credits, audit, mail.
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::{House, in_a_house};

#[test]
fn a_paid_order_moves_everything_it_should_once() {
    in_a_house(async |house: &House| {
        house.stock("darjeeling", 45_000, 10).await;
        house.stock("teapot", 120_000, 3).await;
        for provider in [Stripe, Razorpay] {
            let order = house.order(provider, &[("teapot", 1), ("darjeeling", 2)]).await;
            assert_eq!(house.outcome(provider, &order.paid()).await, "processed order_paid");
            assert_eq!(house.order_state(&order).await, "confirmed/paid");
            assert_eq!(house.payment_state(&order).await, "paid");
        }
        assert_eq!((house.stock_of("darjeeling").await, house.stock_of("teapot").await), (6, 1));
        let totals = house.text("select orders || ' ' || spent_minor from payonce.customer_totals").await;
        assert_eq!(totals, "2 420000");
        assert_eq!(house.count("payonce.billing_audit_log where action = 'order.paid'").await, 2);
        assert_eq!(
            house.count("payonce.email_logs where email_type = 'order_receipt' and status = 'queued'").await,
            2
        );
    });
}

#[test]
fn a_paid_top_up_grants_its_credits_once() {
    in_a_house(async |house: &House| {
        for provider in [Stripe, Razorpay] {
            let topup = house.topup(provider, 500, 49_900).await;
            let paid = topup.paid();
            assert_eq!(house.outcome(provider, &paid).await, "processed credits_granted");
            assert_eq!(house.outcome(provider, &paid).await, "duplicate credits_granted");
            assert_eq!(house.wallet(&topup).await, 500);
        }
        assert_eq!(house.count("payonce.email_logs where email_type = 'topup_receipt'").await, 2);
    });
}
