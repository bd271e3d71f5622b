//! Reading JSON that somebody else signed: only the fields that matter, each kept as its raw text
//! until its meaning is known, so that no amount passes through a float and no odd neighbour
//! spoils a good field.
//!
//! Fields without a name here are skipped by a loop (`serde_json` recurses only into what it
//! builds), so nesting depth costs nothing. A named field that comes twice refuses its object.
use std::borrow::Cow;
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::inbox::event::{is_provider_id, signed_time};
use crate::money::{self, Money};

/// A signed body without an identity to store it under: answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Never decoded lossily: the text would not be the signed bytes.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// Also a byte order mark before it, or anything after it.
    #[error("the body is not JSON")]
    NotJson,
    /// No usable id or type, or an envelope that says something twice.
    #[error("the body is not an event")]
    Malformed,
    /// Stripe's `v2.core.event`: it carries no data, and belongs to another endpoint.
    #[error("thin events are not supported: subscribe this endpoint to snapshot events")]
    Thin,
}

impl Unreadable {
    /// For machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotUtf8 => "body_not_utf8",
            Self::NotJson => "body_not_json",
            Self::Malformed => "event_malformed",
            Self::Thin => "thin_event_unsupported",
        }
    }
}

/// What was read, or the code its event is parked under.
pub(crate) type Reading<T> = Result<T, &'static str>;

/// The raw text of one field; `None` when missing or null.
pub(crate) type Field<'a> = Option<&'a RawValue>;

/// The envelope of a signed body.
pub(crate) fn envelope<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NotUtf8)?;
    parse(text).ok_or_else(|| match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Unreadable::Malformed,
        Err(_) => Unreadable::NotJson,
    })
}

/// An object that has to be there.
pub(crate) fn object<'a, T: Deserialize<'a>>(field: Field<'a>) -> Reading<T> {
    field.and_then(|raw| parse(raw.get())).ok_or("unusable_object")
}

/// An object that may be missing, or something else (Razorpay writes empty notes as `[]`).
pub(crate) fn object_if_any<'a, T: Deserialize<'a> + Default>(field: Field<'a>) -> Reading<T> {
    if field.is_some_and(|raw| raw.get().starts_with('{')) { object(field) } else { Ok(T::default()) }
}

/// Braces only: serde would also fill a struct from an array, by position.
fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    if !text.trim_ascii_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// A string.
pub(crate) fn text(field: Field<'_>) -> Option<Cow<'_, str>> {
    let quoted = field?.get();
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// A provider's id that has to be there.
pub(crate) fn id(field: Field<'_>) -> Reading<String> {
    text(field).filter(|id| is_provider_id(id)).map(Cow::into_owned).ok_or("unusable_id")
}

/// A provider's id that may be missing, but not odd.
pub(crate) fn id_if_any(field: Field<'_>) -> Reading<Option<String>> {
    field.map(|raw| id(Some(raw))).transpose()
}

/// The UUID a field holds, in the hyphenated form we write: 32 bare hex digits are somebody else's.
pub(crate) fn uuid(field: Field<'_>) -> Option<Uuid> {
    text(field).filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(&text).ok())
}

/// Whose mark it is, as we wrote it beside the mark.
pub(crate) fn stack(notes: Field<'_>) -> Reading<Option<String>> {
    #[derive(Default, Deserialize)]
    struct Notes<'a> {
        #[serde(borrow)]
        payonce_stack: Field<'a>,
    }
    let notes: Notes = object_if_any(notes)?;
    Ok(text(notes.payonce_stack).map(Cow::into_owned))
}

/// The payment id we wrote into a provider's metadata or notes.
pub(crate) fn mark(notes: Field<'_>) -> Reading<Option<Uuid>> {
    #[derive(Default, Deserialize)]
    struct Notes<'a> {
        #[serde(borrow)]
        payonce_payment_id: Field<'a>,
    }
    let notes: Notes = object_if_any(notes)?;
    Ok(uuid(notes.payonce_payment_id))
}

/// The id of our refund, as we wrote it into a provider's metadata or notes.
pub(crate) fn refund_mark(notes: Field<'_>) -> Reading<Option<Uuid>> {
    #[derive(Default, Deserialize)]
    struct Notes<'a> {
        #[serde(borrow)]
        payonce_refund_id: Field<'a>,
    }
    let notes: Notes = object_if_any(notes)?;
    Ok(uuid(notes.payonce_refund_id))
}

/// An amount as its exact integer text, and its currency.
pub(crate) fn money(amount: Field<'_>, currency: Field<'_>) -> Reading<Money> {
    Money::read(amount.map(RawValue::get), text(currency).as_deref()).map_err(|unusable| match unusable {
        money::Unusable::Amount => "unusable_amount",
        money::Unusable::Currency => "unusable_currency",
    })
}

/// Money that moves: a refund of nothing is none.
pub(crate) fn some_money(amount: Field<'_>, currency: Field<'_>) -> Reading<Money> {
    money(amount, currency)
        .and_then(|money| if money.minor == 0 { Err("unusable_amount") } else { Ok(money) })
}

/// Unix seconds: digits alone, no string, fraction, sign or exponent.
pub(crate) fn seconds(field: Field<'_>) -> Option<u64> {
    field.filter(|raw| raw.get().bytes().all(|b| b.is_ascii_digit())).and_then(|raw| raw.get().parse().ok())
}

/// A believable moment.
pub(crate) fn moment(field: Field<'_>) -> Option<SystemTime> {
    Some(signed_time(seconds(field))).filter(|time| *time != SystemTime::UNIX_EPOCH)
}
