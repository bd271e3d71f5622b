//! Sends what was requested, one lease at a time.
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::config::{PaymentsMode, Retry};
use crate::db::{ANSWER_WITHIN, Db};
use crate::failure::Failure;
use crate::fulfilment;
use crate::gateway::{Fault, Gateways, RefundAsk, Refunded};
use crate::inbox::Provider;
use crate::inbox::event::PaymentRef;
use crate::inbox::own::{self, Learnt, News};
use crate::money::Money;

/// A provider has so long for one refund, its list included.
const ONE_REFUND: Duration = Duration::from_secs(10);
/// The refund, taking it, and writing down what came of it.
const LEASE_SECONDS: i32 = 30;
/// From one attempt to the next: 5, 15 minutes, 1, 4, 12, 24, 24 hours. After the eighth a person decides.
const WAITS_SECONDS: [i32; 7] = [300, 900, 3_600, 14_400, 43_200, 86_400, 86_400];

const PROVIDERS: [Provider; 2] = [Provider::Stripe, Provider::Razorpay];

/// What one run sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken by their provider.
    pub sent: u32,
    /// Not taken, or not known to be: tried again later.
    pub put_off: u32,
    /// Given up: they wait for a person.
    pub given_up: u32,
}

/// A request under its lease.
struct Leased {
    id: Uuid,
    provider: Provider,
    provider_payment: String,
    money: Money,
    reason: String,
    attempt: i32,
    faulted: u16,
    created_at: SystemTime,
    payment: Uuid,
    provider_order: Option<String>,
    livemode: bool,
}

/// Sends each refund that is due while there is time for one more. Of those nobody asked for (a duplicate, an order that
/// cannot be fulfilled) at most `automatic_an_hour` begin in an hour. A provider that cannot be reached or does not answer is
/// left alone until the next run: the others' refunds are not to wait for it. What no provider here can send waits.
pub async fn send_due(
    db: &Db,
    gateways: &Gateways,
    retry: Retry,
    automatic_an_hour: i64,
    clock: impl Fn() -> SystemTime,
    until: Instant,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut whom: Vec<&str> =
        PROVIDERS.into_iter().filter(|one| gateways.serves(*one)).map(Provider::name).collect();
    let in_sandbox = gateways.mode() == PaymentsMode::Sandbox;
    while Instant::now() + ONE_REFUND + 2 * ANSWER_WITHIN < until {
        let Some(leased) = lease(db, automatic_an_hour, clock(), (&whom, in_sandbox)).await? else { break };
        let ask = RefundAsk {
            id: leased.id,
            faulted: leased.faulted,
            provider_payment: &leased.provider_payment,
            money: leased.money,
            reason: &leased.reason,
        };
        let deadline = Instant::now() + ONE_REFUND;
        match gateways.refund(deadline, leased.provider, &ask).await {
            Ok(refunded) => {
                learn(db, retry, &leased, refunded, clock()).await?;
                tally.sent += 1;
            }
            Err(fault) => {
                if !fault.is_about_the_request() {
                    whom.retain(|name| *name != leased.provider.name());
                }
                match record_fault(db, &leased, &fault).await? {
                    true => tally.given_up += 1,
                    false => tally.put_off += 1,
                }
            }
        }
    }
    Ok(tally)
}

/// How many requests were given up and wait for a person, also those whose last attempt killed its process.
pub async fn waiting(db: &Db, now: SystemTime) -> Result<i64, Failure> {
    let sql = "select count(*) as waiting from payonce.refunds
      where state = 'requested' and next_attempt_at is null and coalesce(lease_until <= $1, true)";
    let rows = db.query(Instant::now() + ANSWER_WITHIN, sql, &[(&now, Type::TIMESTAMPTZ)]).await?;
    Ok(rows.first().map_or(0, |row| row.get("waiting")))
}

async fn lease(
    db: &Db,
    automatic_an_hour: i64,
    now: SystemTime,
    (whom, in_sandbox): (&[&str], bool),
) -> Result<Option<Leased>, Failure> {
    let rows = db
        .query_once(
            Instant::now() + ANSWER_WITHIN,
            include_str!("lease.sql"),
            &[
                (&now, Type::TIMESTAMPTZ),
                (&LEASE_SECONDS, Type::INT4),
                (&WAITS_SECONDS.as_slice(), Type::INT4_ARRAY),
                (&automatic_an_hour, Type::INT8),
                (&whom, Type::TEXT_ARRAY),
                (&in_sandbox, Type::BOOL),
            ],
        )
        .await?;
    rows.first().map(leased).transpose()
}

fn leased(row: &Row) -> Result<Leased, Failure> {
    let unreadable = |_| Failure::House { code: "no_answer", detail: "a refund that cannot be read".into() };
    Ok(Leased {
        id: row.get("id"),
        provider: row.get::<_, &str>("provider").parse().map_err(unreadable)?,
        provider_payment: row.get("provider_payment_id"),
        money: Money {
            minor: row.get("amount_minor"),
            currency: row.get::<_, &str>("currency").parse().map_err(|_| unreadable(String::new()))?,
        },
        reason: row.get("reason"),
        attempt: row.get("attempts"),
        faulted: u16::try_from(row.get::<_, i16>("faulted")).unwrap_or_default(),
        created_at: row.get("created_at"),
        payment: row.get("payment_id"),
        provider_order: row.get("provider_order_id"),
        livemode: row.get("livemode"),
    })
}

/// The provider's answer is an event of our own: it finds the request by its money, or is the fact of another.
async fn learn(
    db: &Db,
    retry: Retry,
    leased: &Leased,
    refunded: Refunded,
    now: SystemTime,
) -> Result<(), Failure> {
    let of = PaymentRef {
        mark: Some(leased.payment),
        stack: None,
        provider_order: leased.provider_order.clone(),
        provider_payment: Some(leased.provider_payment.clone()),
    };
    let news = News::Refunded(refunded.provider_refund, refunded.money, refunded.state);
    let event = own::own(Learnt::Answered, leased.provider, leased.livemode, &of, &news, leased.created_at)?;
    fulfilment::receive(db, &event, retry, now, Instant::now() + ANSWER_WITHIN).await?;
    Ok(())
}

/// Was that the last attempt?
async fn record_fault(db: &Db, leased: &Leased, fault: &Fault) -> Result<bool, Failure> {
    let detail = fault.to_string();
    // Stripe keeps a no under its key as well as a 5xx, and would say it again long after the reason is gone.
    let definite = i16::from(matches!(fault, Fault::Unknown { answered: true, .. } | Fault::Refused { .. }));
    let rows = db
        .query(
            Instant::now() + ANSWER_WITHIN,
            include_str!("record_fault.sql"),
            &[
                (&leased.id, Type::UUID),
                (&leased.attempt, Type::INT4),
                (&detail, Type::TEXT),
                (&definite, Type::INT2),
            ],
        )
        .await?;
    let given_up = rows.first().is_some_and(|row| row.get("given_up"));
    let (refund, attempt) = (leased.id, leased.attempt);
    if given_up {
        tracing::error!(alarm = "refund_given_up", %refund, attempt, detail);
    } else {
        tracing::warn!(%refund, attempt, detail, "a refund was not taken; it is tried again");
    }
    Ok(given_up)
}
