//! The sweeper: it may run twice at once, be stopped anywhere and meet providers that are down, and each thing is done once.
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce_tests::providers::{FakeRazorpay, FakeStripe, Fault};
use payonce_tests::till::{SERVICE_TOKEN, TOKEN_SECRET, Till, at_a_till, order};
use payonce_tests::{Instance, binary, environment};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

fn sum(reports: &[Value], field: &str) -> u64 {
    reports.iter().map(|report| report[field].as_u64().expect("a number")).sum()
}

#[test]
fn runs_at_once_expire_each_order_and_send_each_refund_once() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        for _ in 0..6 {
            till.opened(&order(Stripe, &[("oolong", 2)])).await;
        }
        till.house.ahead.set(Duration::from_secs(3 * 3_600));
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        for _ in 0..8 {
            till.paid(&opened).await;
        }
        for _ in 0..5 {
            let paid = till.sells(Stripe, &[("oolong", 1)]).await;
            till.gives_back(&paid, None).await.unwrap();
        }
        let (one, two, three) = tokio::join!(till.sweep(), till.sweep(), till.sweep());
        let reports = [one, two, three];
        assert_eq!((sum(&reports, "expired"), sum(&reports, "refunds_sent")), (6, 12), "{reports:?}");
        assert_eq!(sum(&reports, "refunds_put_off"), 0);
        assert_eq!((till.refunds_at(Stripe), till.refunds_at(Razorpay)), (5, 7));
        assert_eq!((till.refunds_asked(Stripe), till.refunds_asked(Razorpay)), (5, 7));
        assert_eq!(till.house.stock_of("oolong").await, 94);
        assert_eq!(till.house.count("payonce.inventory where held = 0").await, 1);
        till.deliver().await;
        assert_eq!(till.house.count("payonce.refunds where state = 'succeeded'").await, 12);
    });
}

#[test]
fn a_run_that_its_deadline_stops_is_gone_on_with_by_the_next() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        let late = till.opened(&order(Stripe, &[("oolong", 1)])).await;
        for _ in 0..6 {
            let paid = till.sells(Razorpay, &[("oolong", 1)]).await;
            till.gives_back(&paid, None).await.unwrap();
            till.plan_refund(&paid, "POST", 1, Fault::SlowAfter(Duration::from_millis(700)));
        }
        till.house.ahead.set(Duration::from_secs(3 * 3_600));
        let none = till.sweep_within(Duration::from_secs(1)).await;
        assert_eq!((&none["expired"], &none["refunds_sent"]), (&json!(0), &json!(0)));
        // A refund is begun while there are 17 s for it.
        let some = till.sweep_within(Duration::from_secs(19)).await;
        assert!(some["refunds_sent"].as_u64().is_some_and(|sent| sent < 6), "{some}");
        let rest = till.sweep().await;
        assert_eq!(sum(&[some, rest], "refunds_sent"), 6);
        assert_eq!((till.refunds_at(Razorpay), till.refunds_asked(Razorpay)), (6, 6));
        assert_eq!(till.standing(&late).await.body["order_status"], "expired");
    });
}

#[test]
fn a_provider_that_is_down_keeps_nothing_else_from_being_done_and_the_report_says_so() {
    for fault in [Fault::DropBefore, Fault::FailBefore(500), Fault::Delay(Duration::from_secs(8))] {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 100).await;
            // Three pages at Stripe of orders that were paid at Razorpay, and three refunds for each.
            for _ in 0..3 {
                let first = till.opened(&order(Stripe, &[("oolong", 1)])).await;
                let again = json!({ "provider": "razorpay", "again": { "order": first.body["order"], "token": first.body["token"] } });
                let at_razorpay = till.opened(&again).await;
                let at_razorpay = till.paid(&at_razorpay).await;
                let at_stripe = till.sells(Stripe, &[("oolong", 1)]).await;
                till.gives_back(&at_stripe, None).await.unwrap();
                till.gives_back(&at_razorpay, None).await.unwrap();
            }
            let late = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
            till.house.ahead.set(Duration::from_secs(3 * 3_600));
            till.stripe.plan(1_000, "/v1/", fault);
            let report = till.sweep().await;
            assert_eq!((&report["expired"], &report["closed"]), (&json!(1), &json!(0)), "{report}");
            assert_eq!(
                (&report["refunds_sent"], &report["refunds_put_off"]),
                (&json!(3), &json!(1)),
                "{report}"
            );
            assert_eq!(report["receipts_numbered"], 6, "{report}");
            assert_eq!(till.standing(&late).await.body["order_status"], "expired");
            let calls = till.stripe.calls().into_iter().filter(|(_, path)| path.ends_with("/expire"));
            let pages: BTreeSet<String> = calls.map(|(_, path)| path).collect();
            assert_eq!(pages.len(), 1, "one page is enough to learn that it is down");

            till.stripe.heal();
            till.waits(10);
            let report = till.sweep().await;
            assert_eq!((&report["refunds_sent"], &report["closed"]), (&json!(3), &json!(3)), "{report}");
            assert_eq!((till.refunds_at(Stripe), till.refunds_at(Razorpay)), (3, 3));
            till.deliver().await;
        });
    }
}

const SANDBOX: [(&str, &str); 4] = [
    ("PAYMENTS_MODE", "sandbox"),
    ("STRIPE_SECRET_KEY", ""),
    ("RAZORPAY_KEY_ID", ""),
    ("RAZORPAY_KEY_SECRET", ""),
];

#[test]
fn nothing_is_sent_while_payments_are_switched_off_and_the_sandbox_gives_no_real_money_back() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        let paid = till.sells(Stripe, &[("oolong", 1)]).await;
        till.gives_back(&paid, None).await.unwrap();
        let off = Till::open(till.house, &[("PAYMENTS_MODE", "disabled")]).await;
        for _ in 0..10 {
            off.waits(25 * 60);
            assert_eq!(off.sweep().await["refunds_put_off"], 0);
        }
        let without = [("STRIPE_SECRET_KEY", ""), ("STRIPE_API_BASE", "")];
        assert_eq!(Till::open(till.house, &without).await.sweep().await["refunds_put_off"], 0);
        // As if it were real money.
        let live = "alter table payonce.orders disable trigger user; alter table payonce.payments disable trigger user;
          update payonce.orders set livemode = not livemode; update payonce.payments set livemode = not livemode;
          alter table payonce.orders enable trigger user; alter table payonce.payments enable trigger user";
        till.house.run(live).await;
        let sandbox = Till::open(till.house, &SANDBOX).await;
        assert_eq!(sandbox.sweep().await["refunds_sent"], 0);
        assert_eq!(till.refunds().await, ["requested operator 40000"]);
        till.house.run(live).await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        assert_eq!(till.refund_calls(Stripe), ["GET", "POST"]);
    });
}

/// What the schedule sends.
fn scheduled() -> Value {
    json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "000000000000", "time": "2026-11-21T13:15:00Z", "region": "eu-west-1",
        "resources": ["arn:aws:events:eu-west-1:000000000000:rule/sweeper"], "detail": {},
    })
}

#[test]
fn the_real_process_answers_its_schedule_with_a_report_and_logs_what_a_person_must_see_and_nothing_private() {
    at_a_till(async |till: &Till| {
        let log = std::env::temp_dir().join(format!("payonce-sweeper-{}", std::process::id()));
        let _ = std::fs::remove_file(&log);
        till.house.stock("oolong", 40_000, 100).await;
        let sweeper = Instance::start(&binary("sweeper"), till.settings(), Some(&log)).await;
        let run = async || sweeper.invoke(&scheduled(), PATIENCE).await.expect("an answer");

        let paid = till.sells(Stripe, &[("oolong", 1)]).await;
        till.gives_back(&paid, Some(15_000)).await.unwrap();
        let late = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        let over = "update payonce.orders set expires_at = now() - interval '1 second' where payment_status = 'pending'";
        till.house.run(over).await;
        let report = run().await.expect("a report");
        let expected = json!({
            "expired": 1, "closed": 0, "endpoints_disabled": 0, "refunds_sent": 1, "refunds_put_off": 0, "refunds_given_up": 0, "refunds_waiting": 0,
            "receipts_numbered": 1,
        });
        assert_eq!(report, expected);
        assert_eq!(till.standing(&late).await.body["order_status"], "expired");

        // A step that fails is told, and keeps the others from nothing.
        till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        till.house.run(over).await;
        till.house
            .run("alter table payonce.orders add constraint planted check (status <> 'expired') not valid")
            .await;
        till.gives_back(&paid, Some(5_000)).await.unwrap();
        let failed = run().await.expect_err("an error");
        assert!(failed.to_string().contains("planted"), "{failed}");
        assert_eq!(till.refunds_at(Stripe), 2);
        till.house.run("alter table payonce.orders drop constraint planted").await;

        // Refused for good: the provider's words name the buyer, the key and who knows what.
        let paid = till.sells(Razorpay, &[("oolong", 1)]).await;
        till.refund_at_the_desk(&paid, 40_000);
        till.razorpay.loses_events();
        till.gives_back(&paid, None).await.unwrap();
        assert_eq!(run().await.expect("a report")["refunds_put_off"], 1);
        till.house
            .run("update payonce.refunds set attempts = 7, next_attempt_at = now() where state = 'requested'")
            .await;
        let report = run().await.expect("a report");
        assert_eq!((&report["refunds_given_up"], &report["expired"]), (&json!(1), &json!(0)), "{report}");
        till.stripe.plan(10, "/", Fault::DropBefore);
        let other = till.sells(Razorpay, &[("oolong", 1)]).await;
        till.gives_back(&other, None).await.unwrap();
        till.razorpay.plan(1, "POST", Fault::FailBefore(401));
        assert_eq!(run().await.expect("a report")["refunds_put_off"], 1);
        only_what_may_be_said(&log);
    });
}

fn only_what_may_be_said(log: &PathBuf) {
    let text = std::fs::read_to_string(log).expect("the log");
    let _ = std::fs::remove_file(log);
    let password = environment("LOCAL_DATABASE_PASSWORD");
    let forbidden = [
        &password,
        FakeStripe::KEY,
        FakeRazorpay::KEY_SECRET,
        TOKEN_SECRET,
        SERVICE_TOKEN,
        "asha.rao",
        "Asha Rao",
        "ammu.varier",
        "mira.thistle",
        "919000000042",
        "the cup was broken",
        "@",
    ];
    for line in text.lines() {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(read["level"].is_string() && read["timestamp"].is_string(), "{line}");
        for canary in forbidden {
            assert!(!line.to_lowercase().contains(&canary.to_lowercase()), "{canary:?} in {line}");
        }
    }
    for said in [
        "sweeper ran",
        "sweeper_failed",
        "refund_given_up",
        "refunds_wait_for_a_person",
        "a refund was not taken",
        "refund_recorded",
    ] {
        assert!(text.contains(said), "nobody said {said:?}:\n{text}");
    }
}
