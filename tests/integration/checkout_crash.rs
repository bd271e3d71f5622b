//! Checkout interrupted: the caller or the process dies at any await, providers are slow, silent or broken after the fact,
//! callers call twice at once. With its key the caller goes on, and there is one order and one order of the provider.
use std::time::Duration;

use futures_util::future::join_all;
use payonce::answer::Answer;
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce_tests::providers::Fault;
use payonce_tests::till::{Till, at_a_till, invocation, new_key, order};
use payonce_tests::{Instance, Mortal, binary};
use serde_json::{Value, json};

/// Longer than the lease on a caller's key.
const A_LEASE: Duration = Duration::from_secs(16);

fn provider_orders(till: &Till<'_>, provider: Provider) -> usize {
    match provider {
        Stripe => till.stripe.sessions(),
        Razorpay => till.razorpay.orders(),
    }
}

/// What the caller does who got no answer, or one that says try again: calls again with the same key.
async fn tries_again(till: &Till<'_>, key: &str, body: &Value) -> Answer {
    let mut answer = till.checkout(key, body).await;
    for _ in 0..8 {
        if answer.status == 201 {
            break;
        }
        assert!([409, 503].contains(&answer.status), "{}", answer.body);
        till.house.ahead.set(till.house.ahead.get() + A_LEASE);
        answer = till.checkout(key, body).await;
    }
    answer
}

#[test]
fn a_checkout_that_dies_at_any_await_is_taken_up_again_as_one_order_and_one_at_its_provider() {
    for provider in [Stripe, Razorpay] {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 1_000).await;
            let body = order(provider, &[("oolong", 1)]);
            // Once undisturbed, so that connections stand and each life waits at the same places.
            till.opened(&body).await;
            // An answer that is there already is not waited for, so one round may miss an await: there are five.
            let mut died = 0;
            // On a busy machine more is there already; it goes on until it died often enough.
            for waits_left in (0..8).cycle().take(160) {
                if waits_left == 0 && died >= 20 {
                    break;
                }
                let (key, made) = (new_key(), provider_orders(till, provider));
                let lived = Mortal::new(till.checkout(&key, &body), waits_left).await;
                if let Some(answer) = lived {
                    assert_eq!(answer.status, 201, "{}", answer.body);
                    continue;
                }
                died += 1;
                let answer = tries_again(till, &key, &body).await;
                assert_eq!(answer.status, 201, "died at its wait {waits_left}: {}", answer.body);
                assert_eq!(till.checkout(&key, &body).await.body, answer.body);
                assert_eq!(provider_orders(till, provider), made + 1, "died at its wait {waits_left}");
            }
            println!("{}: died {died} times", provider.name());
            assert!(died >= 20, "gate, customer, intent, provider, record: only {died} times");
            let (orders, made) = (till.house.count("payonce.orders").await, provider_orders(till, provider));
            assert_eq!(usize::try_from(orders).unwrap(), made);
            assert_eq!(till.house.count("payonce.payments where provider_order_id is null").await, 0);
            till.house.ahead.set(Duration::ZERO);
        });
    }
}

#[test]
fn whatever_becomes_of_the_providers_answer_the_next_try_leads_to_its_one_order() {
    let faults = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::FailBefore(500),
        Fault::FailAfter(500),
        Fault::FailAfter(502),
        Fault::FailBefore(429),
        Fault::SlowAfter(Duration::from_secs(5)),
    ];
    for provider in [Stripe, Razorpay] {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 100).await;
            let body = order(provider, &[("oolong", 1)]);
            for (n, fault) in faults.iter().enumerate() {
                match provider {
                    Stripe => till.stripe.plan(20, "POST /v1/checkout/sessions", *fault),
                    Razorpay => till.razorpay.plan(20, "POST /v1/orders", *fault),
                }
                let key = new_key();
                let first = till.checkout(&key, &body).await;
                assert_eq!(
                    (first.status, first.body["code"].as_str()),
                    (503, Some("provider_unavailable")),
                    "{fault:?}"
                );
                assert!(first.headers.iter().any(|(name, _)| *name == "retry-after"));
                till.stripe.heal();
                till.razorpay.heal();
                let answer = tries_again(till, &key, &body).await;
                assert_eq!(answer.status, 201, "{fault:?}: {}", answer.body);
                assert_eq!(provider_orders(till, provider), n + 1, "{fault:?}");
            }
            assert_eq!(till.house.count("payonce.orders").await, i64::try_from(faults.len()).unwrap());
            till.house.ahead.set(Duration::ZERO);
        });
    }
}

#[test]
fn a_provider_that_refuses_is_told_apart_from_one_that_is_down() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        till.house.stock("sample", 50, 100).await;
        till.stripe.plan(1, "POST /v1/checkout/sessions", Fault::FailBefore(402));
        let refused = till.checkout(&new_key(), &order(Stripe, &[("oolong", 1)])).await;
        assert_eq!((refused.status, refused.body["code"].as_str()), (502, Some("provider_refused")));
        let small = till.checkout(&new_key(), &order(Razorpay, &[("sample", 1)])).await;
        assert_eq!((small.status, small.body["code"].as_str()), (422, Some("amount_not_payable")));
        // What nobody can pay holds nothing, from this moment on.
        assert_eq!(till.house.count("payonce.payments where status = 'expired'").await, 2);
        assert_eq!(till.house.count("payonce.inventory where held > 0").await, 0);
    });
}

#[test]
fn a_refused_key_ends_no_checkout_and_the_same_call_goes_on_when_the_key_is_good_again() {
    for (provider, asks) in [(Stripe, "POST /v1/checkout/sessions"), (Razorpay, "POST /v1/orders")] {
        for status in [401, 403] {
            at_a_till(async |till: &Till| {
                till.house.stock("oolong", 40_000, 1).await;
                let plan = |times, prefix: &str| match provider {
                    Stripe => till.stripe.plan(times, prefix, Fault::FailBefore(status)),
                    Razorpay => till.razorpay.plan(times, prefix, Fault::FailBefore(status)),
                };
                let (key, body) = (new_key(), order(provider, &[("oolong", 1)]));
                // Refused when it asks for money, and when it looks for what came of that.
                for asks in [asks, "GET "] {
                    plan(1, asks);
                    let refused = till.checkout(&key, &body).await;
                    assert_eq!(
                        (refused.status, refused.body["code"].as_str()),
                        (502, Some("provider_refused")),
                        "{asks}: {}",
                        refused.body
                    );
                }
                assert_eq!(till.house.count("payonce.inventory where held = 1").await, 1);
                let answer = till.checkout(&key, &body).await;
                assert_eq!(answer.status, 201, "{}", answer.body);
                assert_eq!(
                    (provider_orders(till, provider), till.house.count("payonce.orders").await),
                    (1, 1)
                );
            });
        }
    }
}

#[test]
fn an_order_that_no_provider_heard_of_expires_with_its_hold() {
    for provider in [Stripe, Razorpay] {
        at_a_till(async |till: &Till| {
            till.house.stock("oolong", 40_000, 1).await;
            till.stripe.plan(20, "POST /v1/checkout/sessions", Fault::DropBefore);
            till.razorpay.plan(20, "POST /v1/orders", Fault::DropBefore);
            let silent = till.checkout(&new_key(), &order(provider, &[("oolong", 1)])).await;
            assert_eq!(silent.body["code"], "provider_unavailable");
            assert_eq!(till.sweep().await["expired"], 0, "its caller may come back");
            till.house.ahead.set(Duration::from_secs(3 * 3_600));
            assert_eq!(till.sweep().await["expired"], 1);
            assert_eq!(till.house.count("payonce.payments where status = 'expired'").await, 1);
            assert_eq!(till.house.count("payonce.inventory where held = 0").await, 1);
            assert_eq!(provider_orders(till, provider), 0);
            till.house.ahead.set(Duration::ZERO);
        });
    }
}

#[test]
fn the_same_key_at_once_is_one_order_and_with_another_body_a_conflict() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        let (key, body) = (new_key(), order(Stripe, &[("oolong", 1)]));
        let answers = join_all((0..16).map(|_| till.checkout(&key, &body))).await;
        let opened: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!opened.is_empty());
        for answer in &answers {
            match answer.status {
                201 => assert_eq!(answer.body, opened[0].body),
                409 => {
                    assert_eq!(answer.body["code"], "idempotency_in_flight");
                    assert!(
                        answer.headers.iter().any(|(name, value)| *name == "retry-after" && value == "2")
                    );
                }
                _ => panic!("{}", answer.body),
            }
        }
        assert_eq!((till.stripe.sessions(), till.house.count("payonce.orders").await), (1, 1));
        let mut other = body.clone();
        other["order"]["items"][0]["qty"] = 2.into();
        let conflict = till.checkout(&key, &other).await;
        assert_eq!((conflict.status, conflict.body["code"].as_str()), (409, Some("idempotency_conflict")));
        assert_eq!(till.house.count("payonce.orders").await, 1);
    });
}

#[test]
fn of_64_buyers_of_the_last_piece_one_may_pay_and_63_are_told_before_they_do() {
    at_a_till(async |till: &Till| {
        till.house.stock("lamp", 129_900, 1).await;
        let bodies: Vec<Value> = (0..64)
            .map(|n| {
                let mut body = order(if n % 2 == 0 { Stripe } else { Razorpay }, &[("lamp", 1)]);
                body["order"]["email"] = format!("buyer{n}@example.com").into();
                body
            })
            .collect();
        let keys: Vec<String> = bodies.iter().map(|_| new_key()).collect();
        let answers = join_all(bodies.iter().zip(&keys).map(|(body, key)| till.checkout(key, body))).await;
        let opened = answers.iter().filter(|answer| answer.status == 201).count();
        let told = answers.iter().filter(|answer| answer.body["code"] == "out_of_stock").count();
        assert_eq!(
            (opened, told),
            (1, 63),
            "{:?}",
            answers.iter().map(|a| a.body["code"].clone()).collect::<Vec<_>>()
        );
        assert_eq!(till.stripe.sessions() + till.razorpay.orders(), 1);
        assert_eq!(till.house.count("payonce.orders").await, 1);
    });
}

#[test]
fn a_process_killed_while_its_provider_answers_leaves_what_the_next_one_finishes() {
    at_a_till(async |till: &Till| {
        till.house.stock("oolong", 40_000, 100).await;
        let killed = join_all([Stripe, Razorpay].map(async |provider| {
            let (key, body) = (new_key(), order(provider, &[("oolong", 1)]));
            let slow = Fault::SlowAfter(Duration::from_secs(3));
            match provider {
                Stripe => till.stripe.plan(1, "POST /v1/checkout/sessions", slow),
                Razorpay => till.razorpay.plan(1, "POST /v1/orders", slow),
            }
            let headers = json!({ "idempotency-key": key });
            let call = invocation("POST", "/v1/checkout", headers, body.to_string().into());
            let mut first = Instance::start(&binary("checkout"), till.settings(), None).await;
            {
                let asked = first.invoke(&call, Duration::from_secs(20));
                let made = async {
                    while provider_orders(till, provider) == 0 {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::select! { _ = asked => panic!("it answered before it was killed"), () = made => {} }
            }
            first.kill().await;
            (provider, call)
        }))
        .await;
        let next = Instance::start(&binary("checkout"), till.settings(), None).await;
        for (_, call) in &killed {
            let in_flight = next.request(call).await.unwrap();
            assert_eq!((in_flight.status, &in_flight.body["code"]), (409, &json!("idempotency_in_flight")));
        }
        till.house
            .run("update payonce.idempotency_keys set locked_until = now() - interval '1 second'")
            .await;
        for (provider, call) in killed {
            let opened = next.request(&call).await.unwrap();
            assert_eq!(opened.status, 201, "{}", opened.body);
            assert_eq!(provider_orders(till, provider), 1);
        }
        assert_eq!(till.house.count("payonce.orders").await, 2);
    });
}
