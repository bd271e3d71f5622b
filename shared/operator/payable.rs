//! A payment as its provider would be asked to collect it.
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::inbox::Provider;
use crate::money::Money;

/// Which payment.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The newest one of this order.
    OfOrder(String),
    /// This one.
    Payment(Uuid),
}

/// What a provider knows of a payment of ours.
#[derive(Clone, Debug)]
pub struct Payable {
    /// Its id, which is our mark.
    pub id: Uuid,
    /// Who collects it.
    pub provider: Provider,
    /// The provider's Checkout Session or Order, once known.
    pub provider_order: Option<String>,
    /// How much.
    pub money: Money,
    /// Real money?
    pub livemode: bool,
}

/// Finds the payment; with `provider`, only at that one.
pub async fn payable(
    client: &Client,
    asked: &Asked,
    provider: Option<Provider>,
) -> Result<Option<Payable>, Error> {
    let (order, id) = match asked {
        Asked::OfOrder(order) => (Some(order.as_str()), None),
        Asked::Payment(id) => (None, Some(*id)),
    };
    let provider = provider.map(Provider::name);
    let rows = client
        .query_typed(
            "select id, provider, provider_order_id, amount_minor, currency::text as currency, livemode
             from payonce.payments
             where (order_id = $1 or id = $2) and provider = coalesce($3, provider)
             order by created_at desc, id desc limit 1",
            &[(&order, Type::TEXT), (&id, Type::UUID), (&provider, Type::TEXT)],
        )
        .await?;
    Ok(rows.first().and_then(|row| {
        Some(Payable {
            id: row.get("id"),
            provider: row.get::<_, &str>("provider").parse().ok()?,
            provider_order: row.get("provider_order_id"),
            money: Money {
                minor: row.get("amount_minor"),
                currency: row.get::<_, &str>("currency").parse().ok()?,
            },
            livemode: row.get("livemode"),
        })
    }))
}
