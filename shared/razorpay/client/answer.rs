//! Reading Razorpay's answers. What cannot be read is a [`Fault`]: of a POST, one that may have taken effect.
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::inbox::reading::{Field, envelope, object, text};
use crate::outgoing::{Fault, Said};

/// The whole answer as one object.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    envelope(body).map_err(|why| unreadable(why.code()))
}

/// An answer came, but not one we understand.
pub(super) fn unreadable(why: &'static str) -> Fault {
    Fault::unknown(format!("an answer that cannot be read: {why}"))
}

/// Reads `{"entity": "collection", "count": 1, "items": [...]}`: each item as its exact text.
pub(super) fn page(body: &[u8]) -> Result<Vec<&RawValue>, Fault> {
    #[derive(Deserialize)]
    struct Collection<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    let collection: Collection = read(body).map_err(Fault::of_reading)?;
    Ok(collection.items)
}

/// `{"error": {"code": "BAD_REQUEST_ERROR", "description": "...", "reason": "..."}}`.
pub(super) fn error(body: &[u8]) -> Option<Said> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Field<'a>,
    }
    #[derive(Deserialize)]
    struct Error<'a> {
        #[serde(borrow)]
        code: Field<'a>,
        #[serde(borrow)]
        description: Field<'a>,
    }
    let answer: Answer = envelope(body).ok()?;
    let error: Error = object(answer.error).ok()?;
    let code = text(error.code)?.into_owned();
    Some(Said { code, words: text(error.description).unwrap_or_default().into_owned(), ..Said::default() })
}
