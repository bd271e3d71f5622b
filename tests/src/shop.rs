//! What a test sells: products in stock, orders and top-ups waiting for their payment, and the events that tell of it.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use payonce::credit::Account;
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce::order::OrderId;
use payonce::{razorpay, stripe};
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::House;

/// A checkout that waits to be paid.
#[derive(Clone)]
pub struct Checkout {
    /// The order, or `""` for a top-up.
    pub order: String,
    /// Our payment: the mark.
    pub payment: Uuid,
    /// The account of a top-up.
    pub account: Option<Uuid>,
    /// At whom.
    pub provider: Provider,
    /// What its provider's events are about; a test may change it.
    pub told: SamplePayment,
    /// The signed creation time of its events.
    pub created: SystemTime,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Whole seconds: providers know no finer time.
fn this_second() -> SystemTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

/// What a payment is for.
enum Purpose {
    Order(String),
    TopUp { account: Uuid, credits: i64 },
}

/// Indian rupees, in paise.
pub fn inr(minor: i64) -> Money {
    Money { minor, currency: "INR".parse().expect("a currency") }
}

impl Checkout {
    /// The body of an event of type `kind` about this payment; each call makes another event.
    pub fn tells(&self, kind: &str) -> String {
        self.tells_with(kind, |_| {})
    }

    /// The same, changed before it is written.
    pub fn tells_with(&self, kind: &str, change: impl FnOnce(&mut SamplePayment)) -> String {
        let mut told = self.told.clone();
        told.event_id = format!("evt_{}_{}", std::process::id(), next());
        change(&mut told);
        // Razorpay has no event id in its body: what tells two events apart is what they say, so they say it later.
        match self.provider {
            Provider::Stripe => stripe::sample(kind, &told, self.created),
            Provider::Razorpay => razorpay::sample(kind, &told, self.created),
        }
        .unwrap_or_else(|| panic!("no sample of {kind}"))
    }

    /// The type that says the money is here.
    pub fn paid(&self) -> String {
        self.tells(match self.provider {
            Provider::Stripe => "checkout.session.completed",
            Provider::Razorpay => "payment.captured",
        })
    }
}

impl House {
    /// Puts `pieces` of a product on the shelf, each at `price_minor` paise.
    pub async fn stock(&self, slug: &str, price_minor: i64, pieces: i64) {
        self.run(&format!(
            "insert into payonce.products (slug, name, currency, price_minor) values ('{slug}', '{slug}', 'INR', {price_minor});
             insert into payonce.inventory (product_slug, stock) values ('{slug}', {pieces});
             insert into payonce.stock_movements (product_slug, variant, delta, reason, actor)
             select '{slug}', '', {pieces}, 'opening', 'test' where {pieces} > 0"
        ))
        .await;
    }

    /// How many pieces are on the shelf.
    pub async fn stock_of(&self, slug: &str) -> i64 {
        self.value(&format!("select stock from payonce.inventory where product_slug = '{slug}'")).await
    }

    /// An order of these products at `provider`, unpaid.
    pub async fn order(&self, provider: Provider, lines: &[(&str, i64)]) -> Checkout {
        self.order_with(provider, lines, None).await
    }

    /// The same, with a promotion.
    pub async fn order_with(
        &self,
        provider: Provider,
        lines: &[(&str, i64)],
        promo: Option<&str>,
    ) -> Checkout {
        let customer: Uuid = self
            .value(
                "insert into payonce.customers as c (id, email, name)
                 values (gen_random_uuid(), 'asha.rao@example.com', 'Asha Rao')
                 on conflict (email) do update set name = c.name returning id",
            )
            .await;
        let id = OrderId::of(Uuid::now_v7());
        let (products, quantities): (Vec<&str>, Vec<i64>) = lines.iter().copied().unzip();
        let expires_at = SystemTime::now() + Duration::from_secs(7_200);
        let rows = self
            .admin
            .query_typed(
                include_str!("order.sql"),
                &[
                    (&id.as_str(), Type::TEXT),
                    (&customer, Type::UUID),
                    (&products, Type::TEXT_ARRAY),
                    (&quantities, Type::INT8_ARRAY),
                    (&promo, Type::TEXT),
                    (&expires_at, Type::TIMESTAMPTZ),
                ],
            )
            .await
            .expect("an order");
        let row = rows.first().expect("products in stock, of one currency");
        let currency = row.get::<_, &str>("currency").parse().expect("a currency");
        let money = Money { minor: row.get("total_minor"), currency };
        self.ask(provider, Purpose::Order(id.to_string()), money).await
    }

    /// A second payment for the order of `first`: another tab, or another provider.
    pub async fn pay_again(&self, first: &Checkout, provider: Provider) -> Checkout {
        self.ask(provider, Purpose::Order(first.order.clone()), first.told.money).await
    }

    /// A credit top-up of a new account, unpaid.
    pub async fn topup(&self, provider: Provider, credits: i64, minor: i64) -> Checkout {
        let key = format!("v2:tenant:test-{}", next());
        let account = Account { external_key: &key, display_name: "Test", email: Some("books@example.com") };
        let (account, _) = account.open(&self.admin).await.expect("an account");
        self.ask(provider, Purpose::TopUp { account, credits }, inr(minor)).await
    }

    /// The credits in the wallet of a top-up's account.
    pub async fn wallet(&self, checkout: &Checkout) -> i64 {
        let account = checkout.account.expect("a top-up");
        self.value(&format!("select wallet from payonce.credit_accounts where account_id = '{account}'"))
            .await
    }

    /// `status/payment_status` of an order.
    pub async fn order_state(&self, checkout: &Checkout) -> String {
        self.text(&format!(
            "select status || '/' || payment_status from payonce.orders where id = '{}'",
            checkout.order
        ))
        .await
    }

    /// The status of a payment.
    pub async fn payment_state(&self, checkout: &Checkout) -> String {
        self.text(&format!("select status from payonce.payments where id = '{}'", checkout.payment)).await
    }

    async fn ask(&self, provider: Provider, purpose: Purpose, money: Money) -> Checkout {
        let tail = format!("T{}x{}", std::process::id(), next());
        let (mut told, payment) = (SamplePayment::new(provider, &tail, money), Uuid::now_v7());
        let (order, account, credits) = match &purpose {
            Purpose::Order(order) => (Some(order.as_str()), None, None),
            Purpose::TopUp { account, credits } => (None, Some(*account), Some(*credits)),
        };
        self.admin
            .execute_typed(
                include_str!("payment.sql"),
                &[
                    (&payment, Type::UUID),
                    (&order, Type::TEXT),
                    (&account, Type::UUID),
                    (&credits, Type::INT8),
                    (&provider.name(), Type::TEXT),
                    (&told.provider_order, Type::TEXT),
                    (&money.minor, Type::INT8),
                    (&money.currency.code(), Type::TEXT),
                ],
            )
            .await
            .expect("a payment");
        told.mark = Some(payment);
        let order = order.unwrap_or_default().to_owned();
        Checkout { order, payment, account, provider, told, created: this_second() }
    }
}
