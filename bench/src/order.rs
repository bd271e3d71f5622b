//! Orders that wait to be paid, all alike: two lines, and on every fourth a promotion.
use payonce::inbox::{Provider, SamplePayment};
use payonce::money::Money;
use payonce::order::OrderId;
use payonce_tests::Random;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

/// What an order costs, in paise, without and with its promotion.
const TOTALS: [i64; 2] = [135_000, 121_500];

/// An order and what its provider will say of it.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) told: SamplePayment,
    customer: i32,
    first: i32,
    second: i32,
    promotion: Option<String>,
}

impl Order {
    /// With ids as checkout and Stripe make them.
    pub(crate) fn new(random: &mut Random) -> Self {
        let payment = Uuid::now_v7();
        let session = format!("cs_test_{}", letters(random, 58));
        let intent = format!("pi_{}", letters(random, 24));
        Self::with(OrderId::of(Uuid::now_v7()).to_string(), payment, (session, intent), random)
    }

    /// The `number`th, with ids that follow from the number: for what only pgbench calls.
    pub(crate) fn numbered(number: i64, random: &mut Random) -> Self {
        let payment = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | number.unsigned_abs() as u128);
        let ids = (format!("cs_bench_{number}"), format!("pi_bench_{number}"));
        Self::with(format!("ORD-{number:026}"), payment, ids, random)
    }

    fn with(id: String, payment: Uuid, (session, intent): (String, String), random: &mut Random) -> Self {
        let first = 1 + random.below(500) as i32;
        let second = 1 + (first + random.below(498) as i32) % 500;
        let promotion = (random.below(4) == 0).then(|| format!("BENCH{:02}", 1 + random.below(50)));
        let minor = TOTALS[usize::from(promotion.is_some())];
        let money = Money { minor, currency: "INR".parse().expect("a currency") };
        let mut told = SamplePayment::new(Provider::Stripe, "", money);
        (told.mark, told.provider_order, told.provider_payment) = (Some(payment), session, intent);
        Self { id, told, customer: 1 + random.below(1_000) as i32, first, second, promotion }
    }

    pub(crate) fn has_promotion(&self) -> bool {
        self.promotion.is_some()
    }

    /// What it costs.
    pub(crate) fn total(&self) -> i64 {
        self.told.money.minor
    }
}

/// Stores `orders` by `sql`: `sql/orders.sql`, or what a peer with tables of its own has for it.
pub(crate) async fn store(client: &Client, sql: &str, orders: &[Order]) -> Result<(), Error> {
    let texts = |of: fn(&Order) -> &str| orders.iter().map(of).collect::<Vec<&str>>();
    let numbers = |of: fn(&Order) -> i32| orders.iter().map(of).collect::<Vec<i32>>();
    let payments: Vec<Uuid> = orders.iter().filter_map(|order| order.told.mark).collect();
    let promotions: Vec<Option<&str>> = orders.iter().map(|order| order.promotion.as_deref()).collect();
    let totals: Vec<i64> = orders.iter().map(Order::total).collect();
    client
        .query_typed(
            sql,
            &[
                (&texts(|order| &order.id), Type::TEXT_ARRAY),
                (&payments, Type::UUID_ARRAY),
                (&texts(|order| &order.told.provider_order), Type::TEXT_ARRAY),
                (&numbers(|order| order.customer), Type::INT4_ARRAY),
                (&numbers(|order| order.first), Type::INT4_ARRAY),
                (&numbers(|order| order.second), Type::INT4_ARRAY),
                (&promotions, Type::TEXT_ARRAY),
                (&totals, Type::INT8_ARRAY),
            ],
        )
        .await
        .map(|_| ())
}

/// So many letters and digits, as Stripe's ids have them.
pub(crate) fn letters(random: &mut Random, count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..count).map(|_| char::from(*random.pick(LETTERS))).collect()
}
