//! A new payment: what we ask a provider to collect. Its id is the mark we leave in the provider's metadata.
use std::time::SystemTime;

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::inbox::Provider;
use crate::money::Money;

/// What a payment is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// An order.
    Order(String),
    /// Credits for a billing account.
    TopUp {
        /// The account.
        account: Uuid,
        /// How many, once paid.
        credits: i64,
    },
}

/// What is to be collected.
pub struct NewPayment<'a> {
    /// For what.
    pub purpose: &'a Purpose,
    /// By whom.
    pub provider: Provider,
    /// Stripe's Checkout Session, Razorpay's Order.
    pub provider_order: Option<&'a str>,
    /// How much.
    pub money: Money,
    /// Real money?
    pub livemode: bool,
    /// Now.
    pub now: SystemTime,
}

/// Writes the payment as `created`; says its id.
pub async fn create(step: &Transaction<'_>, payment: &NewPayment<'_>) -> Result<Uuid, tokio_postgres::Error> {
    let (id, provider) = (Uuid::now_v7(), payment.provider.name());
    let (purpose, order, account, credits) = match payment.purpose {
        Purpose::Order(order) => ("order", Some(order.as_str()), None, None),
        Purpose::TopUp { account, credits } => ("topup", None, Some(*account), Some(*credits)),
    };
    step.execute_typed(
        "insert into payonce.payments (id, purpose, order_id, account_id, credits, provider, provider_order_id,
           amount_minor, currency, livemode, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        &[
            (&id, Type::UUID),
            (&purpose, Type::TEXT),
            (&order, Type::TEXT),
            (&account, Type::UUID),
            (&credits, Type::INT8),
            (&provider, Type::TEXT),
            (&payment.provider_order, Type::TEXT),
            (&payment.money.minor, Type::INT8),
            (&payment.money.currency.code(), Type::TEXT),
            (&payment.livemode, Type::BOOL),
            (&payment.now, Type::TIMESTAMPTZ),
        ],
    )
    .await?;
    Ok(id)
}
