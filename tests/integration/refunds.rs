//! Refunds that an operator asks for: what is left of the money can be asked for, once, and goods come back when it says so.
use payonce::failure::Failure;
use payonce::inbox::Provider::{Razorpay, Stripe};
use payonce::order::Line;
use payonce::payment;
use payonce::refund::{self, Returned, Wanted};
use payonce_tests::desk::Paid;
use payonce_tests::till::{Till, at_a_till, order};
use serde_json::{Value, json};

const BOTH: [payonce::inbox::Provider; 2] = [Stripe, Razorpay];

/// The code and the words of a refusal.
fn refused<T>(answer: Result<T, Failure>) -> (String, String) {
    match answer {
        Err(Failure::Refused { code, detail }) => (code.into(), detail),
        Err(other) => panic!("not a refusal: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

fn line(product: &str, qty: i64) -> Line {
    Line { product: product.into(), variant: String::new(), qty }
}

#[test]
fn an_operators_refund_is_sent_once_under_our_id_and_every_book_follows() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            assert_eq!(till.books(&paid).await, "paid 0 0 | paid 1 40000 0");
            let (id, minor, pieces) = till.gives_back(&paid, None).await.unwrap();
            assert_eq!((minor, pieces), (40_000, 0));
            assert_eq!(till.refunds().await, ["requested operator 40000"]);
            let written = till
                .house
                .text("select actor || ': ' || note from payonce.refunds where state = 'requested'")
                .await;
            assert_eq!(written, "meera: the cup was broken");
            let audited = till
                .house
                .text(
                    "select actor || ' ' || (detail ->> 'refund') || ' ' || (detail ->> 'reason') || ' ' || resource_id
                     from payonce.billing_audit_log where action = 'refund.requested'",
                )
                .await;
            assert_eq!(audited, format!("meera {id} the cup was broken {}", paid.payment));
            assert_eq!(till.books(&paid).await, "paid 0 0 | paid 1 40000 0", "asking moves nothing");

            assert_eq!(till.sweep().await["refunds_sent"], 1);
            assert_eq!(till.books(&paid).await, "refunded 40000 0 | refunded 1 40000 40000");
            let made = match provider {
                Stripe => till.stripe.shows(&till.last_sent().await).unwrap()["metadata"].clone(),
                Razorpay => till.razorpay.shows(&till.last_sent().await).unwrap()["notes"].clone(),
            };
            assert_eq!(made["payonce_refund_id"], json!(id));
            till.deliver().await;
            assert_eq!(till.sweep().await["refunds_sent"], 0);
            assert_eq!(till.refund_calls(provider), ["GET", "POST"]);
            assert_eq!(till.refunds().await, ["succeeded operator 40000"]);
            assert_eq!(till.house.stock_of("oolong").await, 4, "nobody said that it came back");
        });
    }
}

#[test]
fn parts_that_sum_to_the_whole_are_one_full_refund_of_an_order_and_of_credits() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let order = till.sells(provider, &[("oolong", 1)]).await;
            let credits = till.tops_up(provider, 100).await;
            // Of 100 credits for 25,000 there go floor(100 x refunded / 25,000).
            let steps = [
                (Some(13_333), "partially_refunded 13333 0 | partially_refunded 1 40000 13333"),
                (Some(13_333), "partially_refunded 26666 0 | partially_refunded 1 40000 26666"),
                (None, "refunded 40000 0 | refunded 1 40000 40000"),
            ];
            for (minor, books) in steps {
                till.gives_back(&order, minor).await.unwrap();
                assert_eq!(till.sweep().await["refunds_sent"], 1);
                till.deliver().await;
                assert_eq!(till.books(&order).await, books);
            }
            let steps = [
                (Some(8_333), "partially_refunded 8333 0 | 67"),
                (Some(8_333), "partially_refunded 16666 0 | 34"),
                (None, "refunded 25000 0 | 0"),
            ];
            for (minor, books) in steps {
                till.gives_back(&credits, minor).await.unwrap();
                assert_eq!(till.sweep().await["refunds_sent"], 1);
                till.deliver().await;
                assert_eq!(till.books(&credits).await, books);
            }
            assert_eq!(till.refunds_at(provider), 6);
            let whole = till.tops_up(provider, 100).await;
            till.gives_back(&whole, None).await.unwrap();
            till.sweep().await;
            assert_eq!(till.books(&whole).await, "refunded 25000 0 | 0");
        });
    }
}

#[test]
fn what_cannot_be_refunded_is_refused_in_words_and_writes_nothing() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let paid = till.sells(Stripe, &[("oolong", 1)]).await;
        let nothing = "of this money 40000 minor units are left to refund";
        for minor in [40_001, i64::MAX, 0, -1, i64::MIN] {
            let said = refused(till.gives_back(&paid, Some(minor)).await);
            assert_eq!(said, ("refund_impossible".into(), nothing.into()));
        }
        let stranger = Paid { capture: "pi_nobodys".into(), ..paid.clone() };
        assert!(refused(till.gives_back(&stranger, None).await).1.contains("no money came"));
        for note in ["", "  ", "no"] {
            let wanted = Wanted {
                provider: Stripe,
                provider_payment: &paid.capture,
                minor: None,
                note,
                actor: "meera",
                returned: Returned::Nothing,
            };
            let asked = refund::request(&mut till.operator().await, &wanted, till.house.now()).await;
            assert_eq!(refused(asked).0, "reason_required");
        }
        let rows = "payonce.billing_audit_log where action = 'refund.requested'";
        assert_eq!((till.house.count("payonce.refunds").await, till.house.count(rows).await), (0, 0));

        till.gives_back(&paid, Some(30_000)).await.unwrap();
        assert!(refused(till.gives_back(&paid, Some(1)).await).1.contains("requested and not sent yet"));
        till.refunds_are_slow();
        till.sweep().await;
        let said = refused(till.gives_back(&paid, Some(10_001)).await);
        assert_eq!(said.1, "of this money 10000 minor units are left to refund", "what is pending is gone");
        till.gives_back(&paid, None).await.unwrap();
        till.sweep().await;
        assert!(refused(till.gives_back(&paid, None).await).1.contains("0 minor units are left"));
        assert_eq!(till.refunds().await, ["pending operator 30000", "pending operator 10000"]);
        assert_eq!(till.books(&paid).await, "paid 0 0 | paid 1 40000 0", "a pending refund is pending");
        for refund in ["30000", "10000"] {
            let made = till
                .house
                .text(&format!(
                    "select provider_refund_id from payonce.refunds where amount_minor = {refund}"
                ))
                .await;
            till.refund_ends(Stripe, &made, true);
        }
        till.deliver().await;
        assert_eq!(till.books(&paid).await, "refunded 40000 0 | refunded 1 40000 40000");
    });
}

#[test]
fn while_a_dispute_decides_over_the_money_no_refund_can_be_asked_for_and_what_it_took_is_gone() {
    for provider in BOTH {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 5).await;
            let paid = till.sells(provider, &[("oolong", 1)]).await;
            till.dispute(&paid, "needs_response", 10_000, 0).await;
            assert!(
                refused(till.gives_back(&paid, Some(1)).await)
                    .1
                    .contains("a dispute about this money is open")
            );
            let waiting = payment::waiting(&till.operator().await, 10).await.unwrap();
            let days = if provider == Stripe { 9 } else { 7 };
            let due =
                format!("select to_jsonb(to_timestamp(1790000000) + interval '{days} days') #>> '{{}}'");
            let due = till.house.text(&due).await;
            assert_eq!(waiting["disputes"][0]["due_by"], Value::String(due), "{waiting}");
            assert_eq!(waiting["disputes"][0]["about"], json!(paid.order));
            till.dispute(&paid, "lost", 10_000, 5).await;
            assert!(
                refused(till.gives_back(&paid, Some(30_001)).await).1.contains("30000 minor units are left")
            );
            let (_, minor, _) = till.gives_back(&paid, None).await.unwrap();
            assert_eq!(minor, 30_000);
            till.sweep().await;
            assert_eq!(
                till.books(&paid).await,
                "partially_refunded 30000 10000 | partially_refunded 1 40000 30000"
            );
            let waiting = payment::waiting(&till.operator().await, 10).await.unwrap();
            assert_eq!(waiting["disputes"], json!([]));
        });
    }
}

#[test]
fn goods_come_back_to_the_shelf_when_it_is_said_and_never_more_than_were_sold() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 10).await;
        till.house.stock("teapot", 90_000, 10).await;
        till.house.stock("whisk", 10_000, 10).await;
        let on_shelf = async || (till.house.stock_of("oolong").await, till.house.stock_of("teapot").await);
        let paid = till.sells(Razorpay, &[("oolong", 3), ("teapot", 1)]).await;
        assert_eq!(on_shelf().await, (7, 9));
        let impossible: [&[Line]; 7] = [
            &[line("oolong", 4)],
            &[line("oolong", 2), line("oolong", 2)],
            &[line("oolong", 1), line("teapot", 2)],
            &[line("whisk", 1)],
            &[line("oolong", 0)],
            &[line("oolong", 1), line("teapot", -1)],
            &[line("oolong", i64::MAX)],
        ];
        for lines in impossible {
            let said = refused(till.takes_back(&paid, Some(1), Returned::Lines(&paid.order, lines)).await);
            assert_eq!(said.0, "refund_impossible");
        }
        assert_eq!((till.house.count("payonce.refunds").await, on_shelf().await), (0, (7, 9)));

        // Named twice is both together.
        let two = [line("oolong", 1), line("oolong", 1)];
        let back = till.takes_back(&paid, Some(80_000), Returned::Lines(&paid.order, &two)).await.unwrap();
        assert_eq!((back.1, back.2, on_shelf().await), (80_000, 2, (9, 9)));
        till.sweep().await;
        let (_, _, pieces) =
            till.takes_back(&paid, Some(1_000), Returned::Everything(&paid.order)).await.unwrap();
        assert_eq!((pieces, on_shelf().await), (2, (10, 10)));
        till.sweep().await;
        let again = till.takes_back(&paid, Some(1_000), Returned::Everything(&paid.order)).await;
        assert!(refused(again).1.contains("no more can go back"));
        assert_eq!(till.refunds().await.len(), 2);

        // Goods of another order are not this money's.
        let other = till.sells(Razorpay, &[("oolong", 1)]).await;
        let said = refused(till.takes_back(&paid, Some(1), Returned::Everything(&other.order)).await);
        assert_eq!((said.0.as_str(), on_shelf().await), ("refund_impossible", (9, 10)));
    });
}

#[test]
fn of_money_that_nobody_can_use_an_operator_asks_only_when_nothing_is_under_way_by_itself() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 5).await;
        let opened = till.opened(&order(Razorpay, &[("oolong", 1)])).await;
        till.paid(&opened).await;
        let second = till.paid(&opened).await;
        assert_eq!(till.refunds().await, ["requested duplicate 40000"]);
        assert!(refused(till.gives_back(&second, None).await).1.contains("requested and not sent yet"));
        for _ in 0..3 {
            assert_eq!(till.sweep().await["refunds_sent"], 1);
            till.refund_ends(Razorpay, &till.last_sent().await, false);
            till.deliver().await;
        }
        assert_eq!(till.sweep().await["refunds_sent"], 0, "three times by itself, then a person");
        let waiting = payment::waiting(&till.operator().await, 10).await.unwrap();
        assert_eq!(waiting["unrefunded"][0]["amount_minor"], 40_000);

        // In parts, and what happens meanwhile does not undo it.
        till.gives_back(&second, Some(15_000)).await.unwrap();
        till.dispute(&second, "warning_needs_response", 40_000, 0).await;
        till.dispute(&second, "won", 40_000, 9).await;
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        till.gives_back(&second, None).await.unwrap();
        assert_eq!(till.sweep().await["refunds_sent"], 1);
        till.deliver().await;
        let ends = till.refunds().await.split_off(3);
        assert_eq!(ends, ["succeeded operator 15000", "succeeded operator 25000"]);
        assert_eq!(till.house.stock_of("oolong").await, 4);
    });
}
