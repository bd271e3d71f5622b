//! Refunds, mismatches and the sweeper where money once went astray: each of these was wrong before it was tested.
use std::time::{Duration, SystemTime};

use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::inbox::SamplePayment;
use payonce::mismatch::{self, Decision};
use payonce::order::Line;
use payonce::refund::{self, Returned, Wanted};
use payonce::{razorpay, stripe};
use payonce_tests::providers::Callback;
use payonce_tests::till::{Till, at_a_till, order};
use payonce_tests::{in_a_house, inr};

const AN_HOUR: Duration = Duration::from_secs(3_600);

async fn ask_back(till: &Till<'_>, provider: Provider, payment: &str, minor: i64) -> Result<i64, String> {
    let mut client = till.house.cluster.admin(&till.house.name).await;
    let wanted = Wanted {
        provider,
        provider_payment: payment,
        minor: Some(minor),
        note: "asked for it",
        actor: "asha",
        returned: Returned::Nothing,
    };
    refund::request(&mut client, &wanted, till.house.now())
        .await
        .map(|(_, minor, _)| minor)
        .map_err(|failure| failure.to_string())
}

/// A paid order of one piece at Razorpay: the payment that came.
async fn paid_at_razorpay(till: &Till<'_>) -> Callback {
    let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
    let paid = till.razorpay.buyer_pays(opened.body["provider_order"].as_str().unwrap());
    till.deliver().await;
    paid
}

#[test]
fn a_refund_request_that_fits_no_more_does_not_bar_the_one_that_does() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let paid = paid_at_razorpay(till).await;
        assert_eq!(ask_back(till, Razorpay, &paid.payment_id, 40_000).await, Ok(40_000));
        till.razorpay.refund_at_the_desk(&paid.payment_id, 10_000);
        till.deliver().await;
        for day in 1..10_u32 {
            till.sweep().await;
            till.house.ahead.set(25 * AN_HOUR * day);
        }
        assert_eq!(ask_back(till, Razorpay, &paid.payment_id, 30_000).await, Ok(30_000));
    });
}

#[test]
fn money_lost_in_a_dispute_is_not_sent_back_as_well() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let paid = paid_at_razorpay(till).await;
        assert_eq!(ask_back(till, Razorpay, &paid.payment_id, 40_000).await, Ok(40_000));
        let mut told = SamplePayment::new(Razorpay, "Lost1", inr(40_000));
        (told.provider_order, told.provider_payment) = (paid.order_id.clone(), paid.payment_id.clone());
        for kind in ["payment.dispute.created", "payment.dispute.lost"] {
            let body = razorpay::sample(kind, &told, SystemTime::now()).unwrap();
            assert_eq!(till.house.outcome(Razorpay, &body).await, "processed dispute_recorded");
        }
        till.sweep().await;
        assert_eq!(till.razorpay.refunds(), 0, "40,000 came, 40,000 were lost, 40,000 more went out");
    });
}

#[test]
fn the_sandbox_gives_back_no_real_money_in_the_books_alone() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let paid = paid_at_razorpay(till).await;
        till.house
            .run(
                "set session_replication_role = replica; update payonce.payments set livemode = true;
                 update payonce.orders set livemode = true; set session_replication_role = origin",
            )
            .await;
        ask_back(till, Razorpay, &paid.payment_id, 40_000).await.unwrap();
        let sandbox = [
            ("PAYMENTS_MODE", "sandbox"),
            ("STRIPE_SECRET_KEY", ""),
            ("RAZORPAY_KEY_ID", ""),
            ("RAZORPAY_KEY_SECRET", ""),
        ];
        Till::open(till.house, &sandbox).await.sweep().await;
        assert_eq!(till.house.count("payonce.refunds where state = 'succeeded'").await, 0);
    });
}

#[test]
fn a_refund_restored_from_a_backup_is_looked_up_before_it_is_sent() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 1).await;
        let opened = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        let intent = till.stripe.buyer_pays(opened.body["provider_order"].as_str().unwrap());
        till.deliver().await;
        ask_back(till, Stripe, &intent, 10_000).await.unwrap();
        till.house.run("create table public.backup as select * from payonce.refunds").await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        till.stripe.loses_events();

        // The disk breaks, yesterday's backup is restored: the request is as it was before it was sent.
        till.house
            .run(
                "set session_replication_role = replica; delete from payonce.refunds;
                 insert into payonce.refunds select * from public.backup;
                 delete from payonce.webhook_events where event_type = 'payonce.refunded';
                 update payonce.captures set refunded_minor = 0; update payonce.customer_totals set refunded_minor = 0;
                 update payonce.payments set status = 'paid'; update payonce.orders set payment_status = 'paid';
                 set session_replication_role = origin",
            )
            .await;
        till.stripe.forgets_keys();
        till.house.ahead.set(25 * AN_HOUR);
        till.sweep().await;
        assert_eq!(till.stripe.refunds(), 1, "sent twice");
    });
}

#[test]
fn one_line_named_twice_brings_back_no_more_than_was_sold() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        let paid = till.razorpay.buyer_pays(opened.body["provider_order"].as_str().unwrap());
        till.deliver().await;
        let one = Line { product: "oolong".into(), variant: String::new(), qty: 1 };
        let lines = [one.clone(), one];
        let wanted = Wanted {
            provider: Razorpay,
            provider_payment: &paid.payment_id,
            minor: None,
            note: "came back",
            actor: "asha",
            returned: Returned::Lines(opened.body["order"].as_str().unwrap(), &lines),
        };
        let mut client = till.house.cluster.admin(&till.house.name).await;
        let asked = refund::request(&mut client, &wanted, till.house.now()).await;
        // The invariants (I09, I46) speak at the end.
        assert!(asked.is_err(), "{asked:?}");
    });
}

#[test]
fn a_mismatch_whose_money_is_on_its_way_back_is_not_accepted() {
    in_a_house(async |house| {
        house.stock("oolong", 40_000, 5).await;
        let order = house.order(Stripe, &[("oolong", 1)]).await;
        let under = order.tells_with("payment_intent.succeeded", |told| told.money = inr(39_000));
        assert_eq!(house.outcome(Stripe, &under).await, "parked payment_amount_mismatch");
        let mut told = order.told.clone();
        (told.money, told.status) = (inr(39_000), Some("pending".into()));
        told.event_id = "evt_desk1".into();
        let desk = stripe::sample("refund.created", &told, SystemTime::now()).unwrap();
        house.outcome(Stripe, &desk).await;
        let decision = Decision {
            provider: Stripe,
            provider_payment: &order.told.provider_payment,
            actor: "asha",
            reason: "ten rupees short",
            now: SystemTime::now(),
        };
        let accepted = mismatch::accept(&house.admin, &decision, "ravi").await;
        assert!(accepted.is_err(), "{accepted:?}: goods go out, and all of the money goes back");
    });
}

#[test]
fn one_order_that_cannot_be_ended_keeps_no_other_held() {
    at_a_till(async |till: &Till| {
        till.house.stock("assam", 40_000, 1).await;
        till.house.stock("oolong", 40_000, 1).await;
        till.opened(&order(Stripe, &[("assam", 1)])).await;
        till.opened(&order(Stripe, &[("oolong", 1)])).await;
        till.house.ahead.set(3 * AN_HOUR);
        // Somebody counts the assam, in a session left open: its rows are locked.
        let other = till.house.cluster.admin(&till.house.name).await;
        other
            .batch_execute("begin; select from payonce.inventory where product_slug = 'assam' for update")
            .await
            .unwrap();
        let mut freed = 0;
        for _ in 0..2 {
            let run = std::panic::AssertUnwindSafe(till.sweep());
            let _ = futures_util::FutureExt::catch_unwind(run).await;
            freed = till.house.count("payonce.inventory where product_slug = 'oolong' and held = 0").await;
        }
        other.batch_execute("rollback").await.unwrap();
        till.sweep().await;
        assert_eq!(freed, 1);
    });
}

#[test]
fn money_that_went_back_at_the_desk_needs_no_decision_any_more() {
    in_a_house(async |house| {
        house.stock("oolong", 40_000, 5).await;
        let order = house.order(Stripe, &[("oolong", 1)]).await;
        let under = order.tells_with("payment_intent.succeeded", |told| told.money = inr(39_000));
        assert_eq!(house.outcome(Stripe, &under).await, "parked payment_amount_mismatch");
        let desk = order.tells_with("refund.created", |told| {
            (told.money, told.status) = (inr(39_000), Some("succeeded".into()));
        });
        house.outcome(Stripe, &desk).await;
        let decision = Decision {
            provider: Stripe,
            provider_payment: &order.told.provider_payment,
            actor: "asha",
            reason: "went back at the desk",
            now: SystemTime::now(),
        };
        let decided = mismatch::refund(&house.admin, &decision).await.is_ok();
        let waiting = mismatch::list(&house.admin, 10).await.unwrap().len();
        assert!(decided || waiting == 0, "it waits for ever: neither accepted nor refunded can be written");
    });
}
