//! Reading Stripe's answers. What cannot be read is a [`Fault`]: of a POST, one that may have taken effect.
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::inbox::reading::{Field, envelope, id, object, text};
use crate::outgoing::{Fault, Said};

/// The whole answer as one object.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    envelope(body).map_err(|why| unreadable(why.code()))
}

/// An answer came, but not one we understand.
pub(super) fn unreadable(why: &'static str) -> Fault {
    Fault::unknown(format!("an answer that cannot be read: {why}"))
}

/// One page of a list: each item as its exact text, and where the next page starts.
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a RawValue>,
    pub(super) next: Option<String>,
}

/// Reads `{"data": [...], "has_more": true}`.
pub(super) fn page(body: &[u8]) -> Result<Page<'_>, Fault> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
        #[serde(borrow)]
        has_more: Field<'a>,
    }
    let list: List = read(body).map_err(Fault::of_reading)?;
    let next = match list.data.last() {
        Some(last) if list.has_more.is_some_and(|more| more.get() == "true") => Some(item_id(last)?),
        _ => None,
    };
    Ok(Page { items: list.data, next })
}

fn item_id(item: &RawValue) -> Result<String, Fault> {
    #[derive(Deserialize)]
    struct Item<'a> {
        #[serde(borrow)]
        id: Field<'a>,
    }
    object(Some(item)).and_then(|item: Item| id(item.id)).map_err(|why| unreadable(why).of_reading())
}

/// `{"error": {"type": "...", "code": "...", "message": "..."}}`; a code where there is one, else the type.
pub(super) fn error(body: &[u8]) -> Option<Said> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Field<'a>,
    }
    #[derive(Deserialize)]
    struct Error<'a> {
        #[serde(borrow, rename = "type")]
        kind: Field<'a>,
        #[serde(borrow)]
        code: Field<'a>,
        #[serde(borrow)]
        message: Field<'a>,
    }
    let answer: Answer = envelope(body).ok()?;
    let error: Error = object(answer.error).ok()?;
    let kind = text(error.kind);
    let key_spent = kind.as_deref() == Some("idempotency_error");
    let code = text(error.code).or(kind)?.into_owned();
    Some(Said { code, words: text(error.message).unwrap_or_default().into_owned(), key_spent })
}
