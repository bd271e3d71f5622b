//! A checkout as the database tells of it, and as its caller is told.
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::failure::Failure;
use crate::inbox::Provider;
use crate::inbox::event::PaymentRef;
use crate::money::Money;

/// The columns of the SQL type `checkout`, of a row named `c`: every call that returns one is read by them.
pub(super) const COLUMNS: &str = "c.state, c.payment, c.purpose, c.provider, c.provider_order, c.provider_url, c.amount, c.currency, c.livemode,
  c.payment_status, c.faulted, c.created_at, c.expires_at, c.order_id, c.order_status, c.order_payment_status, c.paid_at,
  c.subtotal, c.discount, c.shipping, c.tax, c.tax_included, c.promo, c.email, c.credits, c.account";

/// One checkout: one payment at one provider.
pub(super) struct Checkout {
    pub(super) state: State,
    pub(super) payment: Uuid,
    pub(super) provider: Provider,
    pub(super) provider_order: Option<String>,
    pub(super) provider_url: Option<String>,
    pub(super) money: Money,
    pub(super) livemode: bool,
    pub(super) faulted: u16,
    pub(super) created_at: SystemTime,
    pub(super) expires_at: SystemTime,
    pub(super) order: Option<String>,
    pub(super) email: Option<String>,
    payment_status: String,
    order_status: Option<String>,
    order_payment_status: Option<String>,
    paid_at: Option<SystemTime>,
    cost: Option<Value>,
    credits: Option<i64>,
    account: Option<String>,
}

/// How it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// This call wrote it.
    New,
    /// An earlier call wrote it, and its provider may know of it.
    Resumed,
    /// Its provider has answered.
    Done,
}

impl Checkout {
    /// Of a row with [`COLUMNS`].
    pub(super) fn read(row: &Row) -> Result<Self, Failure> {
        let unreadable =
            || Failure::House { code: "no_answer", detail: "a checkout that cannot be read".into() };
        let (provider, currency): (&str, &str) = (row.get("provider"), row.get("currency"));
        Ok(Self {
            state: match row.get("state") {
                "new" => State::New,
                "resumed" => State::Resumed,
                _ => State::Done,
            },
            payment: row.get("payment"),
            provider: provider.parse().map_err(|_| unreadable())?,
            provider_order: row.get("provider_order"),
            provider_url: row.get("provider_url"),
            money: Money { minor: row.get("amount"), currency: currency.parse().map_err(|_| unreadable())? },
            livemode: row.get("livemode"),
            faulted: u16::try_from(row.get::<_, i16>("faulted")).unwrap_or_default(),
            created_at: row.get("created_at"),
            // A payment made elsewhere has no end of its own.
            expires_at: row
                .get::<_, Option<SystemTime>>("expires_at")
                .unwrap_or_else(|| row.get("created_at")),
            order: row.get("order_id"),
            email: row.get("email"),
            payment_status: row.get("payment_status"),
            order_status: row.get("order_status"),
            order_payment_status: row.get("order_payment_status"),
            paid_at: row.get("paid_at"),
            cost: row.get::<_, Option<i64>>("subtotal").map(|subtotal| cost(row, subtotal)),
            credits: row.get("credits"),
            account: row.get("account"),
        })
    }

    /// What its tokens are about: the order, or the payment where it buys credits.
    pub(super) fn about(&self) -> String {
        self.order.clone().unwrap_or_else(|| self.payment.to_string())
    }

    /// How it is referred to in events of our own.
    pub(super) fn reference(&self, provider_order: &str, provider_payment: &str) -> PaymentRef {
        PaymentRef {
            mark: Some(self.payment),
            stack: None,
            provider_order: Some(provider_order.to_owned()),
            provider_payment: Some(provider_payment.to_owned()),
        }
    }

    /// What never changes: the answer to whoever opened it, the first time and every time after.
    pub(super) fn told(&self) -> Value {
        json!({
            "payment": self.payment, "order": self.order, "provider": self.provider.name(),
            "provider_order": self.provider_order, "url": self.provider_url,
            "amount_minor": self.money.minor, "currency": self.money.currency.code(), "livemode": self.livemode,
            "cost": self.cost, "credits": self.credits, "account": self.account, "expires_at": unix(self.expires_at),
        })
    }

    /// How it stands.
    pub(super) fn standing(&self) -> Value {
        json!({
            "payment": self.payment, "order": self.order, "provider": self.provider.name(),
            "payment_status": self.payment_status, "order_status": self.order_status,
            "order_payment_status": self.order_payment_status,
            "paid": self.paid_at.is_some(), "paid_at": self.paid_at.map(unix),
            "amount_minor": self.money.minor, "currency": self.money.currency.code(), "livemode": self.livemode,
            "cost": self.cost, "credits": self.credits, "account": self.account, "expires_at": unix(self.expires_at),
        })
    }
}

/// What makes up a price, of a row with its parts and its `amount`.
pub(super) fn cost(row: &Row, subtotal: i64) -> Value {
    json!({
        "subtotal_minor": subtotal, "discount_minor": row.get::<_, i64>("discount"),
        "shipping_minor": row.get::<_, i64>("shipping"), "tax_minor": row.get::<_, i64>("tax"),
        "tax_included_minor": row.get::<_, i64>("tax_included"), "total_minor": row.get::<_, i64>("amount"),
        "promo": row.get::<_, Option<String>>("promo"),
    })
}

/// Whole unix seconds, as both providers write times.
pub(super) fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
