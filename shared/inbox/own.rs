//! Events of our own: what a provider told us when we asked it, rather than by a webhook. They enter by the same door, are
//! stored, claimed, retried and replayed as any other, under a digest of their body.
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::event::{
    Capture, Event, Fact, PaymentRef, Provider, Refund, RefundState, Stage, Verified, signed_time,
};
use super::reading::Unreadable;
use crate::money::Money;
use crate::secret::mac::to_hex;

/// Stands where another event names the secret that signed it. No ring has a version of this name.
const OWN: &str = "own";

/// How we learnt of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learnt {
    /// A payment that we fetched from its provider.
    Fetched,
    /// A provider's answer to a request of ours.
    Answered,
    /// There was nothing to pay.
    Free,
    /// Somebody pressed pay in the sandbox.
    Sandbox,
}

/// What was learnt of a payment of ours.
pub enum News {
    /// Money arrived.
    Captured(Money),
    /// A refund, by the provider's id.
    Refunded(String, Money, RefundState),
    /// Its checkout closed unpaid.
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Body {
    payonce: Learnt,
    livemode: bool,
    created: u64,
    payment: Uuid,
    provider_order: Option<String>,
    provider_payment: Option<String>,
    news: String,
    refund: Option<String>,
    state: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
}

/// The event of `news` about our payment `of`, whose mark has to be there. `created` leads its identity: give what is the
/// same whenever the same is learnt again.
pub fn own(
    learnt: Learnt,
    provider: Provider,
    livemode: bool,
    of: &PaymentRef,
    news: &News,
    created: SystemTime,
) -> Result<Event, Unreadable> {
    let (name, money, refund, state) = match news {
        News::Captured(money) => ("captured", Some(money), None, None),
        News::Refunded(id, money, state) => ("refunded", Some(money), Some(id.clone()), Some(state.name())),
        News::Expired => ("expired", None, None, None),
    };
    let body = Body {
        payonce: learnt,
        livemode,
        created: created.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs(),
        payment: of.mark.ok_or(Unreadable::Malformed)?,
        provider_order: of.provider_order.clone(),
        provider_payment: of.provider_payment.clone(),
        news: name.into(),
        refund,
        state: state.map(Into::into),
        amount: money.map(|money| money.minor),
        currency: money.map(|money| money.currency.to_string()),
    };
    let body = serde_json::to_vec(&body).map_err(|_| Unreadable::Malformed)?;
    read(provider, Verified { body: Bytes::from(body), secret_version: OWN.into(), header_id: None })
}

/// Is this body one of ours?
pub fn is_own(verified: &Verified) -> bool {
    verified.secret_version == OWN
}

/// Reads one of ours again.
pub fn read(provider: Provider, verified: Verified) -> Result<Event, Unreadable> {
    let body: Body = serde_json::from_slice(&verified.body).map_err(|_| Unreadable::Malformed)?;
    let kind = format!("payonce.{}", body.news);
    Ok(Event {
        provider,
        key: to_hex(&Sha256::digest(&verified.body)),
        created: signed_time(Some(body.created)),
        livemode: Some(body.livemode),
        account: None,
        fact: fact(body).ok_or(Unreadable::Malformed)?,
        kind,
        verified,
    })
}

fn fact(body: Body) -> Option<Fact> {
    let payment = PaymentRef {
        mark: Some(body.payment),
        stack: None,
        provider_order: body.provider_order,
        provider_payment: body.provider_payment,
    };
    let money = body.amount.zip(body.currency).and_then(|(minor, currency)| {
        let currency = currency.parse().ok()?;
        (minor >= 0).then_some(Money { minor, currency })
    });
    match body.news.as_str() {
        "captured" => Some(Fact::Captured(Capture { payment, money: money? })),
        "refunded" => {
            let state = match body.state?.as_str() {
                "pending" => RefundState::Pending,
                "succeeded" => RefundState::Succeeded,
                "failed" => RefundState::Failed,
                _ => return None,
            };
            Some(Fact::Refunded(Refund { id: body.refund?, payment, money: money?, state }))
        }
        "expired" => Some(Fact::Advanced(payment, Stage::Expired)),
        _ => None,
    }
}

#[test]
fn what_we_learnt_is_read_again_as_it_was_and_the_same_twice_is_one_event() {
    let of = PaymentRef {
        mark: Some(Uuid::from_u128(7)),
        stack: None,
        provider_order: Some("order_1".into()),
        provider_payment: Some("pay_1".into()),
    };
    let money = Money { minor: 4_200, currency: "INR".parse().unwrap() };
    let created = SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_123);
    let all =
        [News::Captured(money), News::Refunded("rfnd_1".into(), money, RefundState::Pending), News::Expired];
    for news in all {
        let told = || own(Learnt::Fetched, Provider::Razorpay, false, &of, &news, created).unwrap();
        let (event, again) = (told(), read(Provider::Razorpay, told().verified).unwrap());
        assert!(is_own(&again.verified));
        assert_eq!((event.key, event.created, event.fact), (again.key, again.created, again.fact));
    }
    let nobodys = PaymentRef { mark: None, ..of };
    assert!(own(Learnt::Free, Provider::Stripe, false, &nobodys, &News::Expired, created).is_err());
}
