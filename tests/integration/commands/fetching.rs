//! Events that the endpoint missed, asked of Stripe itself.
use std::time::Duration;

use payonce::inbox::Provider::Stripe;
use payonce_tests::House;
use payonce_tests::providers::FakeStripe;
use payonce_tests::till::{Till, at_a_till, order};

use super::{Desk, has};

/// A paid order whose webhooks never came.
async fn missed(till: &Till<'_>) -> String {
    till.house.stock("oolong", 10_000, 5).await;
    let opened = till.opened(&order(Stripe, &[("oolong", 1)])).await;
    till.stripe.buyer_pays(opened.body["provider_order"].as_str().unwrap());
    till.stripe.loses_events();
    opened.body["order"].as_str().unwrap().to_owned()
}

fn desk<'h>(house: &'h House, stripe: &FakeStripe) -> Desk<'h> {
    let keys = [
        ("PAYMENTS_MODE", "live"),
        ("STRIPE_SECRET_KEY", FakeStripe::KEY),
        ("STRIPE_API_BASE", &stripe.base()),
    ];
    Desk::with(house, &keys, None)
}

#[test]
fn what_the_endpoint_missed_is_fetched_once_and_takes_effect_once() {
    at_a_till(async |till: &Till| {
        let order = missed(till).await;
        let desk = desk(till.house, &till.stripe);
        let fetch = ["event", "fetch", "--provider", "stripe", "--since", "2"];
        let dry = desk.says(&[&fetch[..], &["--dry-run", "--undelivered"]].concat());
        has(&dry, &["checkout.session.completed", "missing", "would be taken in, 0 known before"]);
        assert_eq!(till.house.count("payonce.webhook_events").await, 0);

        has(&desk.says(&fetch), &["processed, order_paid", ", 0 known before, 0 unwell"]);
        has(&desk.says(&["order", "show", &order]), &["paid, confirmed", "settled"]);
        has(&desk.says(&fetch), &["0 taken in", "known before: processed, order_paid"]);
        has(&desk.says(&[&fetch[..], &["--dry-run"]].concat()), &["0 would be taken in", "known before"]);
        assert_eq!(till.house.count("payonce.captures").await, 1);
    });
}

#[test]
fn a_fetched_event_that_fails_is_retried_as_stripe_s_own() {
    at_a_till(async |till: &Till| {
        missed(till).await;
        let house = till.house;
        house.run("alter table payonce.captures add constraint planted check (amount_minor = 0)").await;
        let (code, said) = desk(house, &till.stripe).run(&["event", "fetch", "--provider", "stripe"]);
        assert_eq!(code, 1, "{said}");
        has(&said, &["failed, constraint_refused"]);
        house.run("alter table payonce.captures drop constraint planted").await;
        house.ahead.set(Duration::from_secs(120));
        let tally = house.retry().await;
        assert!(tally.settled > 0 && tally.failed + tally.dead + tally.put_back == 0, "{tally:?}");
        assert_eq!(house.count("payonce.orders where payment_status = 'paid'").await, 1);
    });
}

#[test]
fn without_a_key_nobody_is_asked_and_razorpay_has_no_list() {
    at_a_till(async |till: &Till| {
        let keyless = Desk::at(till.house).refuses(&["event", "fetch", "--provider", "stripe"]);
        has(&keyless, &["STRIPE_SECRET_KEY"]);
        let razorpay = desk(till.house, &till.stripe).refuses(&["event", "fetch", "--provider", "razorpay"]);
        has(&razorpay, &["Razorpay has no list"]);
        assert_eq!(till.stripe.calls().len(), 0);
    });
}
