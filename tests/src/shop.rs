//! What a test sells: products in stock, orders and top-ups waiting for their payment, and the events that tell of it.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use payonce::credit::Account;
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce::order::{self, Customer, Line, NewOrder};
use payonce::payment::{self, NewPayment, Purpose};
use payonce::{razorpay, stripe};
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
        let mut client = self.cluster.admin(&self.name).await;
        let customer = Customer { email: "Asha.Rao@example.com", name: "Asha Rao" }
            .upsert(&client)
            .await
            .expect("a customer");
        let lines: Vec<Line> = lines
            .iter()
            .map(|(product, qty)| Line { product: (*product).into(), variant: String::new(), qty: *qty })
            .collect();
        let step = client.transaction().await.expect("a transaction");
        let now = SystemTime::now();
        let wanted = NewOrder {
            customer,
            lines: &lines,
            promo,
            livemode: false,
            now,
            expires_at: now + Duration::from_secs(7_200),
        };
        let (id, money) = order::create(&step, &wanted).await.expect("an order");
        let checkout = self.ask(&step, provider, Purpose::Order(id.to_string()), money).await;
        step.commit().await.expect("a commit");
        checkout
    }

    /// A second payment for the order of `first`: another tab, or another provider.
    pub async fn pay_again(&self, first: &Checkout, provider: Provider) -> Checkout {
        let mut client = self.cluster.admin(&self.name).await;
        let step = client.transaction().await.expect("a transaction");
        let again = self.ask(&step, provider, Purpose::Order(first.order.clone()), first.told.money).await;
        step.commit().await.expect("a commit");
        again
    }

    /// A credit top-up of a new account, unpaid.
    pub async fn topup(&self, provider: Provider, credits: i64, minor: i64) -> Checkout {
        let mut client = self.cluster.admin(&self.name).await;
        let key = format!("v2:tenant:test-{}", next());
        let account = Account { external_key: &key, display_name: "Test", email: Some("books@example.com") };
        let account = account.upsert(&client).await.expect("an account");
        let step = client.transaction().await.expect("a transaction");
        let checkout = self.ask(&step, provider, Purpose::TopUp { account, credits }, inr(minor)).await;
        step.commit().await.expect("a commit");
        checkout
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

    async fn ask(
        &self,
        step: &tokio_postgres::Transaction<'_>,
        provider: Provider,
        purpose: Purpose,
        money: Money,
    ) -> Checkout {
        let tail = format!("T{}x{}", std::process::id(), next());
        let mut told = SamplePayment::new(provider, &tail, money);
        let asked = NewPayment {
            purpose: &purpose,
            provider,
            provider_order: Some(&told.provider_order),
            money,
            livemode: false,
            now: SystemTime::now(),
        };
        let payment = payment::create(step, &asked).await.expect("a payment");
        told.mark = Some(payment);
        let (order, account) = match purpose {
            Purpose::Order(order) => (order, None),
            Purpose::TopUp { account, .. } => (String::new(), Some(account)),
        };
        Checkout { order, payment, account, provider, told, created: this_second() }
    }
}
