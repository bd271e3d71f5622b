//! Trying again, as a checkout and the sweeper do, each time with what the last try taught: whatever goes wrong between, a
//! payment ends as one session or order, and a refund gives its money back once.
use std::time::{Duration, SystemTime};

use payonce::config::{self, Gateway};
use payonce::gateway::{Ask, Fault, Gateways, Opened, RefundAsk, Refunded};
use payonce::inbox::Provider;
use payonce::inbox::event::{Fact, RefundState};
use payonce::money::Money;
use payonce_tests::on_a_runtime;
use payonce_tests::providers::{FakeRazorpay, FakeStripe, Fault as Planned};
use tokio::time::Instant;
use uuid::Uuid;

const STACK: &str = "payonce/test";
const PROVIDERS: [Provider; 2] = [Provider::Stripe, Provider::Razorpay];

/// Longer than any call may take.
const SLOW: Duration = Duration::from_secs(1);

struct Town {
    stripe: FakeStripe,
    razorpay: FakeRazorpay,
    gateways: Gateways,
}

impl Town {
    async fn new() -> Self {
        let (stripe, razorpay) = (FakeStripe::start().await, FakeRazorpay::start().await);
        let (stripe_base, razorpay_base) = (stripe.base(), razorpay.base());
        let lookup = |name: &str| {
            let value = match name {
                "PAYMENTS_MODE" => "live",
                "STRIPE_SECRET_KEY" => FakeStripe::KEY,
                "STRIPE_API_BASE" => &stripe_base,
                "RAZORPAY_KEY_ID" => FakeRazorpay::KEY_ID,
                "RAZORPAY_KEY_SECRET" => FakeRazorpay::KEY_SECRET,
                "RAZORPAY_API_BASE" => &razorpay_base,
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = config::from(&lookup, Gateway::read).expect("settings");
        let gateways = Gateways::new(&config).expect("keys");
        Self { stripe, razorpay, gateways }
    }

    fn plan(&self, provider: Provider, times: usize, path: (&str, &str), fault: Planned) {
        match provider {
            Provider::Stripe => self.stripe.plan(times, path.0, fault),
            Provider::Razorpay => self.razorpay.plan(times, path.1, fault),
        }
    }

    fn opened(&self, provider: Provider) -> usize {
        match provider {
            Provider::Stripe => self.stripe.sessions(),
            Provider::Razorpay => self.razorpay.orders(),
        }
    }

    fn refunds(&self, provider: Provider) -> usize {
        match provider {
            Provider::Stripe => self.stripe.refunds(),
            Provider::Razorpay => self.razorpay.refunds(),
        }
    }

    /// Pays what was opened; gives the provider's payment.
    fn pay(&self, provider: Provider, opened: &Opened) -> String {
        match provider {
            Provider::Stripe => self.stripe.buyer_pays(&opened.provider_order),
            Provider::Razorpay => self.razorpay.buyer_pays(&opened.provider_order).payment_id,
        }
    }

    /// Asks as a checkout does: again and again, each time with what the last try taught. Gives the tries, too.
    async fn open(&self, provider: Provider, payment: Uuid, minor: i64) -> (Opened, usize) {
        let now = SystemTime::now();
        let mut ask = ask(payment, money(minor, "INR"), now);
        let mut resumed = false;
        for tries in 1..10 {
            match self.gateways.open(soon(), provider, &ask, resumed).await {
                Ok(opened) => return (opened, tries),
                Err(Fault::Unknown { answered, .. }) => {
                    ask.faulted += u16::from(answered);
                    resumed = true;
                }
                Err(Fault::Unavailable { .. }) => {}
                Err(refused) => panic!("{refused}"),
            }
        }
        panic!("never opened")
    }

    async fn refund(&self, provider: Provider, id: Uuid, payment: &str, minor: i64) -> (Refunded, usize) {
        let money = money(minor, "INR");
        let mut ask = RefundAsk { id, faulted: 0, provider_payment: payment, money, reason: "duplicate" };
        for tries in 1..10 {
            match self.gateways.refund(soon(), provider, &ask).await {
                Ok(refunded) => return (refunded, tries),
                Err(Fault::Unknown { answered, .. }) => ask.faulted += u16::from(answered),
                Err(Fault::Unavailable { .. }) => {}
                Err(refused) => panic!("{refused}"),
            }
        }
        panic!("never refunded")
    }
}

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().expect("a currency") }
}

/// Time for a few tries, and for none of the slow ones.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(800)
}

fn ask(payment: Uuid, money: Money, now: SystemTime) -> Ask<'static> {
    Ask {
        payment,
        faulted: 0,
        stack: STACK,
        money,
        title: "2 teas & 1 book",
        email: Some("mira.thistle@example.com"),
        success_url: Some("https://foxglove.example/thanks"),
        cancel_url: None,
        expires_at: now + Duration::from_secs(3_600),
        created_at: now,
    }
}

const FAULTS: [Planned; 9] = [
    Planned::Delay(Duration::from_millis(30)),
    Planned::FailBefore(500),
    Planned::FailBefore(503),
    Planned::FailAfter(500),
    Planned::FailAfter(502),
    Planned::DropBefore,
    Planned::DropAfter,
    Planned::SlowAfter(SLOW),
    Planned::FailBefore(429),
];

#[test]
fn whatever_goes_wrong_a_payment_is_one_session_or_order() {
    on_a_runtime(async {
        for provider in PROVIDERS {
            for fault in FAULTS {
                for times in [1, 2, 4] {
                    let town = Town::new().await;
                    let payment = Uuid::now_v7();
                    town.plan(provider, times, ("POST /v1/checkout/sessions", "POST /v1/orders"), fault);
                    let (opened, tries) = town.open(provider, payment, 42_000).await;
                    let what = format!("{provider:?} {fault:?} {times}: {tries} tries");
                    assert_eq!(town.opened(provider), 1, "{what}");
                    assert_eq!(opened.url.is_some(), provider == Provider::Stripe, "{what}");
                    let paid = town.pay(provider, &opened);
                    let found = town.gateways.payment(soon(), provider, &paid).await.expect("a payment");
                    assert_eq!((found.mark, found.captured), (Some(payment), true), "{what}");
                    assert_eq!(
                        (found.stack.as_deref(), found.money),
                        (Some(STACK), money(42_000, "INR")),
                        "{what}"
                    );
                }
            }
        }
    });
}

#[test]
fn whatever_goes_wrong_a_refund_gives_its_money_back_once() {
    on_a_runtime(async {
        for provider in PROVIDERS {
            for fault in FAULTS {
                for times in [1, 2, 4] {
                    let town = Town::new().await;
                    let (opened, _) = town.open(provider, Uuid::now_v7(), 42_000).await;
                    let paid = town.pay(provider, &opened);
                    let refund = format!("POST /v1/payments/{paid}/refund");
                    town.plan(provider, times, ("POST /v1/refunds", &refund), fault);
                    let id = Uuid::now_v7();
                    let (refunded, tries) = town.refund(provider, id, &paid, 30_000).await;
                    town.stripe.heal();
                    town.razorpay.heal();
                    let what = format!("{provider:?} {fault:?} {times}: {tries} tries");
                    assert_eq!(town.refunds(provider), 1, "{what}");
                    assert_eq!(
                        (refunded.state, refunded.money),
                        (RefundState::Succeeded, money(30_000, "INR")),
                        "{what}"
                    );
                    let again = town.gateways.refund(soon(), provider, &of(id, &paid, 30_000)).await;
                    assert_eq!(again, Ok(refunded), "{what}");
                    let beyond = of(Uuid::now_v7(), &paid, 30_000);
                    let refused = town.gateways.refund(soon(), provider, &beyond).await;
                    assert!(
                        matches!(refused, Err(Fault::Refused { status: 400, .. })),
                        "{what}: {refused:?}"
                    );
                    assert_eq!(town.refunds(provider), 1, "{what}");
                }
            }
        }
    });
}

fn of(id: Uuid, payment: &str, minor: i64) -> RefundAsk<'_> {
    RefundAsk {
        id,
        faulted: 0,
        provider_payment: payment,
        money: money(minor, "INR"),
        reason: "unfulfillable",
    }
}

#[test]
fn a_key_whose_words_changed_leads_to_what_it_was_used_for() {
    on_a_runtime(async {
        let town = Town::new().await;
        let payment = Uuid::now_v7();
        let (opened, _) = town.open(Provider::Stripe, payment, 42_000).await;
        let mut other = ask(payment, money(42_000, "INR"), SystemTime::now());
        other.title = "3 teas";
        let spent =
            town.gateways.open(soon(), Provider::Stripe, &other, false).await.expect_err("another ask");
        assert!(matches!(spent, Fault::Unknown { answered: true, .. }), "{spent}");
        let found = town.gateways.open(soon(), Provider::Stripe, &other, true).await.expect("the first one");
        assert_eq!((found, town.stripe.sessions()), (opened, 1));
    });
}

#[test]
fn events_that_never_arrived_are_asked_for_and_read_as_if_they_had() {
    on_a_runtime(async {
        let town = Town::new().await;
        let payment = Uuid::now_v7();
        let (opened, _) = town.open(Provider::Stripe, payment, 42_000).await;
        town.stripe.buyer_pays(&opened.provider_order);
        town.stripe.loses_events();
        let client = town.gateways.stripe().expect("Stripe");
        let since = SystemTime::now() - Duration::from_secs(60);
        let page = client.events(soon(), since, true, None).await.expect("events");
        let captured = page.events.into_iter().filter_map(|event| {
            match payonce::stripe::read(event).expect("an event").fact {
                Fact::Captured(capture) => Some((capture.payment.mark, capture.money)),
                _ => None,
            }
        });
        assert_eq!(captured.collect::<Vec<_>>(), [(Some(payment), money(42_000, "INR")); 2]);
    });
}

#[test]
fn a_wrong_key_is_a_refusal_that_names_no_key() {
    on_a_runtime(async {
        let town = Town::new().await;
        let base = town.stripe.base();
        let client = payonce::stripe::Client::new(&base, "sk_test_somebody_else_s").expect("a client");
        let refused = client.payment(soon(), "pi_1").await.expect_err("a wrong key");
        assert!(matches!(&refused, Fault::Refused { status: 401, .. }), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("somebody_else"), "{refused}");
        let base = town.razorpay.base();
        let client = payonce::razorpay::Client::new(&base, FakeRazorpay::KEY_ID, "guess").expect("a client");
        let refused = client.payment(soon(), "pay_1").await.expect_err("a wrong secret");
        assert!(matches!(&refused, Fault::Refused { status: 401, .. }), "{refused}");
    });
}
