//! Orders that wait to be paid, all alike: two lines, and on every fourth a promotion. `bench.seed` of each database makes them.
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce_tests::Random;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// An order, known by its number, and what its provider will say of it.
#[derive(Clone)]
pub(crate) struct Order {
    number: i64,
    pub(crate) told: SamplePayment,
}

impl Order {
    /// One that nobody placed: for events that move nothing.
    pub(crate) fn nobodys(random: &mut Random) -> Self {
        let money = Money { minor: 45_000, currency: "INR".parse().expect("a currency") };
        let mut told = SamplePayment::new(Provider::Stripe, &letters(random, 24), money);
        told.mark = Some(Uuid::now_v7());
        Self { number: 0, told }
    }

    /// A row of `bench.seed`; every fourth order has a promotion.
    fn read((number, row): (i64, &Row)) -> Self {
        let currency: &str = row.get("currency");
        let money = Money { minor: row.get("amount_minor"), currency: currency.parse().expect("a currency") };
        let mut told = SamplePayment::new(Provider::Stripe, "", money);
        (told.mark, told.provider_order) = (Some(row.get("mark")), row.get("provider_order"));
        told.provider_payment = row.get("provider_payment");
        Self { number, told }
    }

    pub(crate) fn has_promotion(&self) -> bool {
        self.number % 4 == 0
    }

    /// What it costs.
    pub(crate) fn total(&self) -> i64 {
        self.told.money.minor
    }
}

/// Places the orders `first`, `first + 1`, ..., so many.
pub(crate) async fn place(client: &Client, first: i64, count: usize) -> Result<Vec<Order>, String> {
    let sql = "select mark, provider_order, provider_payment, amount_minor, currency from bench.seed($1, $2)";
    let rows = client.query_typed(sql, &[(&first, Type::INT8), (&(count as i64), Type::INT8)]).await;
    let rows = rows.map_err(|error| format!("bench.seed: {error:?}"))?;
    Ok((first..).zip(&rows).map(Order::read).collect())
}

/// So many letters and digits, as Stripe's ids have them.
pub(crate) fn letters(random: &mut Random, count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..count).map(|_| char::from(*random.pick(LETTERS))).collect()
}
