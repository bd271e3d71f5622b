//! The gateway against the fake providers: whatever becomes of an answer, one payment is asked for once, and one refund is
//! one refund; and what we wrote into a request comes back in the webhooks that follow from it.
use std::cell::Cell;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use payonce::config::{self, Gateway};
use payonce::gateway::{Ask, Expiry, Fault, Gateways, Opened, RefundAsk, Refunded};
use payonce::inbox::Provider::{self, Razorpay, Stripe};
use payonce::inbox::event::{Capture, Event, Fact, Refund, RefundState};
use payonce::money::Money;
use payonce::secret::Ring;
use payonce::{razorpay, stripe};
use payonce_tests::providers::{FakeRazorpay, FakeStripe, Fault as Planned};
use payonce_tests::{RAZORPAY_SECRET, STRIPE_SECRET, inr, on_a_runtime};
use tokio::time::Instant;
use uuid::Uuid;

const STACK: &str = "payonce/test";
/// A busy machine too answers within it.
const AMPLE: Duration = Duration::from_secs(10);

/// Both providers, and the lines to them.
struct Desks {
    stripe: FakeStripe,
    razorpay: FakeRazorpay,
    gateways: Gateways,
    /// How long the next calls may take.
    patience: Cell<Duration>,
}

impl Desks {
    async fn start() -> Self {
        let (stripe, razorpay) = (FakeStripe::start().await, FakeRazorpay::start().await);
        let settings = [
            ("PAYMENTS_MODE", "live".to_owned()),
            ("STRIPE_SECRET_KEY", FakeStripe::KEY.to_owned()),
            ("STRIPE_API_BASE", stripe.base()),
            ("RAZORPAY_KEY_ID", FakeRazorpay::KEY_ID.to_owned()),
            ("RAZORPAY_KEY_SECRET", FakeRazorpay::KEY_SECRET.to_owned()),
            ("RAZORPAY_API_BASE", razorpay.base()),
        ];
        let value =
            |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let config = config::from(&value, Gateway::read).expect("settings");
        Self {
            stripe,
            razorpay,
            gateways: Gateways::new(&config).expect("lines"),
            patience: Cell::new(AMPLE),
        }
    }

    async fn open(
        &self,
        provider: Provider,
        payment: Uuid,
        money: Money,
        resumed: bool,
    ) -> Result<Opened, Fault> {
        let now = SystemTime::now();
        let ask = Ask {
            payment,
            faulted: 0,
            stack: STACK,
            money,
            title: "Frost tea & “Malgudi Days”",
            email: Some("asha@example.com"),
            success_url: Some("https://foxglove.example/thanks"),
            cancel_url: None,
            // The same words each time.
            expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs((unix(now) / 600) * 600 + 3_600),
            created_at: now,
        };
        self.gateways.open(self.soon(), provider, &ask, resumed).await
    }

    async fn refund(
        &self,
        provider: Provider,
        id: Uuid,
        payment: &str,
        minor: i64,
    ) -> Result<Refunded, Fault> {
        let ask =
            RefundAsk { id, faulted: 0, provider_payment: payment, money: inr(minor), reason: "duplicate" };
        self.gateways.refund(self.soon(), provider, &ask).await
    }

    /// An order paid at the provider: its id there, and the payment's.
    async fn paid(&self, provider: Provider, minor: i64) -> (String, String) {
        let order =
            self.open(provider, Uuid::now_v7(), inr(minor), false).await.expect("opened").provider_order;
        let payment = match provider {
            Stripe => self.stripe.buyer_pays(&order),
            Razorpay => self.razorpay.buyer_pays(&order).payment_id,
        };
        (order, payment)
    }

    fn soon(&self) -> Instant {
        Instant::now() + self.patience.get()
    }

    fn plan(&self, provider: Provider, prefix: &str, fault: Planned) {
        if let Planned::SlowAfter(long) = fault {
            self.patience.set(long / 2);
        }
        // More often than the gateway tries.
        match provider {
            Stripe => self.stripe.plan(9, prefix, fault),
            Razorpay => self.razorpay.plan(9, prefix, fault),
        }
    }

    fn heal(&self) {
        self.patience.set(AMPLE);
        self.stripe.heal();
        self.razorpay.heal();
    }

    /// How much there is: sessions or orders, and refunds.
    fn made(&self, provider: Provider) -> (usize, usize) {
        match provider {
            Stripe => (self.stripe.sessions(), self.stripe.refunds()),
            Razorpay => (self.razorpay.orders(), self.razorpay.refunds()),
        }
    }

    /// The webhooks since the last time, signed, verified and read.
    fn told(&self, provider: Provider) -> Vec<Event> {
        let now = SystemTime::now();
        let verified = |body: String| match provider {
            Stripe => {
                let header = stripe::sign(body.as_bytes(), STRIPE_SECRET, now);
                let ring = Ring::new([("current", STRIPE_SECRET)]);
                stripe::read(stripe::verify(Bytes::from(body), Some(header.as_bytes()), &ring, now).unwrap())
            }
            Razorpay => {
                let header = razorpay::sign(body.as_bytes(), RAZORPAY_SECRET);
                let ring = Ring::new([("current", RAZORPAY_SECRET)]);
                razorpay::read(
                    razorpay::verify(Bytes::from(body), Some(header.as_bytes()), None, &ring).unwrap(),
                )
            }
        };
        let bodies = match provider {
            Stripe => self.stripe.events(),
            Razorpay => self.razorpay.events(),
        };
        bodies.into_iter().map(|body| verified(body).expect("an event")).collect()
    }
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn minor(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

/// What the outcome of one try is unknown after.
const LOST: [Planned; 4] = [
    Planned::DropAfter,
    Planned::FailAfter(500),
    Planned::FailAfter(502),
    Planned::SlowAfter(Duration::from_millis(1_000)),
];

#[test]
fn what_was_asked_for_is_what_the_events_of_its_payment_tell() {
    on_a_runtime(async {
        let desks = Desks::start().await;
        let amounts =
            [("INR", 149_900), ("JPY", 500), ("KWD", 5_120), ("ISK", 50), ("UGX", 5), ("MGA", 500_000)];
        for provider in [Stripe, Razorpay] {
            for (currency, amount) in amounts {
                let (payment, money) = (Uuid::now_v7(), minor(amount, currency));
                let order = desks.open(provider, payment, money, false).await.expect(currency).provider_order;
                let paid = match provider {
                    Stripe => desks.stripe.buyer_pays(&order),
                    Razorpay => desks.razorpay.buyer_pays(&order).payment_id,
                };
                let captured: Vec<Capture> = desks
                    .told(provider)
                    .into_iter()
                    .filter_map(
                        |event| if let Fact::Captured(capture) = event.fact { Some(capture) } else { None },
                    )
                    .collect();
                assert_eq!(captured.len(), 2, "{currency}: the payment and its order");
                for Capture { payment: of, money: told } in captured {
                    assert_eq!((told, of.mark, of.stack.as_deref()), (money, Some(payment), Some(STACK)));
                    assert_eq!(of.provider_payment.as_deref(), Some(paid.as_str()));
                    assert!(of.provider_order.is_none_or(|told| told == order));
                }
                let found = desks.gateways.payment(desks.soon(), provider, &paid).await.expect("found");
                assert!(found.captured && found.money == money && found.mark == Some(payment), "{found:?}");
            }
        }
    });
}

#[test]
fn a_payment_whose_answer_was_lost_is_found_again_and_asked_for_once() {
    on_a_runtime(async {
        for provider in [Stripe, Razorpay] {
            for lost in LOST {
                let desks = Desks::start().await;
                let payment = Uuid::now_v7();
                desks.plan(provider, "POST /v1/", lost);
                let first = desks.open(provider, payment, inr(149_900), false).await;
                assert!(matches!(first, Err(Fault::Unknown { .. })), "{provider:?} {lost:?}: {first:?}");
                desks.heal();
                let again = desks.open(provider, payment, inr(149_900), true).await.expect("found");
                assert_eq!(desks.made(provider), (1, 0), "{provider:?} {lost:?}");
                assert_eq!(desks.open(provider, payment, inr(149_900), true).await, Ok(again));
                desks.open(provider, Uuid::now_v7(), inr(149_900), true).await.expect("another payment");
                assert_eq!(desks.made(provider), (2, 0), "{provider:?} {lost:?}");
            }
        }
    });
}

#[test]
fn a_refund_whose_answer_was_lost_is_one_refund() {
    on_a_runtime(async {
        for provider in [Stripe, Razorpay] {
            for lost in LOST {
                let desks = Desks::start().await;
                let (_, paid) = desks.paid(provider, 149_900).await;
                let id = Uuid::now_v7();
                desks.plan(provider, "POST /v1/", lost);
                let first = desks.refund(provider, id, &paid, 50_000).await;
                desks.heal();
                // A day later the keys are forgotten: the list is not.
                desks.stripe.forgets_keys();
                desks.razorpay.forgets_keys();
                let again = desks.refund(provider, id, &paid, 50_000).await.expect("refunded");
                assert_eq!(desks.made(provider), (1, 1), "{provider:?} {lost:?}: {first:?}");
                assert_eq!((again.state, again.money), (RefundState::Succeeded, inr(50_000)));
                let told: Vec<Refund> = desks
                    .told(provider)
                    .into_iter()
                    .filter_map(
                        |event| if let Fact::Refunded(refund) = event.fact { Some(refund) } else { None },
                    )
                    .collect();
                assert!(
                    !told.is_empty() && told.iter().all(|one| one.id == again.provider_refund),
                    "{told:?}"
                );
            }
        }
    });
}

#[test]
fn what_did_not_happen_is_not_taken_for_something_that_did() {
    on_a_runtime(async {
        for provider in [Stripe, Razorpay] {
            let desks = Desks::start().await;
            for refused in [Planned::FailBefore(429), Planned::FailBefore(503), Planned::DropBefore] {
                desks.plan(provider, "POST /v1/", refused);
                let first = desks.open(provider, Uuid::now_v7(), inr(500), false).await;
                assert!(!matches!(first, Ok(_) | Err(Fault::Refused { .. })), "{refused:?}: {first:?}");
                desks.heal();
                assert_eq!(desks.made(provider), (0, 0), "{refused:?}");
            }
            // One that passes by itself is not noticed.
            match provider {
                Stripe => desks.stripe.plan(1, "POST /v1/", Planned::DropBefore),
                Razorpay => desks.razorpay.plan(1, "GET /v1/", Planned::DropBefore),
            }
            let (order, paid) = desks.paid(provider, 500).await;
            desks.gateways.payment(desks.soon(), provider, &paid).await.expect("found");
            let beyond = desks.refund(provider, Uuid::now_v7(), &paid, 501).await;
            assert!(matches!(beyond, Err(Fault::Refused { status: 400, .. })), "{beyond:?}");
            desks.refund(provider, Uuid::now_v7(), &paid, 500).await.expect("refunded");
            let spent = desks.refund(provider, Uuid::now_v7(), &paid, 1).await;
            let code = if provider == Stripe { "charge_already_refunded" } else { "BAD_REQUEST_ERROR" };
            assert!(matches!(&spent, Err(Fault::Refused { code: told, .. }) if told == code), "{spent:?}");
            assert_eq!(desks.made(provider), (1, 1), "{order}");
        }
    });
}

#[test]
fn only_what_nobody_has_paid_can_be_closed() {
    on_a_runtime(async {
        let desks = Desks::start().await;
        let expire = async |order: &str| desks.gateways.expire(desks.soon(), Stripe, order).await;
        let open = desks.open(Stripe, Uuid::now_v7(), inr(500), false).await.expect("opened").provider_order;
        for _ in 0..2 {
            assert_eq!(expire(&open).await, Ok(Expiry::Expired));
        }
        let (paid, _) = desks.paid(Stripe, 500).await;
        assert_eq!(expire(&paid).await, Ok(Expiry::Completed));
        let awaited =
            desks.open(Stripe, Uuid::now_v7(), inr(500), false).await.expect("opened").provider_order;
        desks.stripe.authorizes(&awaited);
        assert_eq!(expire(&awaited).await, Ok(Expiry::Completed));
        let overdue =
            desks.open(Stripe, Uuid::now_v7(), inr(500), false).await.expect("opened").provider_order;
        desks.stripe.moves_ahead(Duration::from_secs(7_200));
        assert_eq!(expire(&overdue).await, Ok(Expiry::Expired));
        let (order, _) = desks.paid(Razorpay, 500).await;
        assert_eq!(desks.gateways.expire(desks.soon(), Razorpay, &order).await, Ok(Expiry::NotSupported));
    });
}
