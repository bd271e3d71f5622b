//! Idempotency keys: is this request one that we have seen?
use std::collections::HashMap;

use super::http::Answered;

/// What was asked under each key, and what it was answered.
#[derive(Default)]
pub(super) struct Keys(HashMap<String, Kept>);

struct Kept {
    asked: String,
    /// None while it is being worked on.
    answer: Option<Answered>,
}

/// What a key says about a request.
pub(super) enum Seen {
    /// Nothing: it begins now.
    First,
    /// The first one with this key is not answered yet.
    InProgress,
    /// The key was used for something else.
    Other,
    /// It was answered before: so.
    Again(Answered),
}

impl Keys {
    pub(super) fn begin(&mut self, key: &str, asked: String) -> Seen {
        match self.0.get(key) {
            None => {
                self.0.insert(key.to_owned(), Kept { asked, answer: None });
                Seen::First
            }
            Some(kept) if kept.asked != asked => Seen::Other,
            Some(Kept { answer: None, .. }) => Seen::InProgress,
            Some(Kept { answer: Some(answer), .. }) => Seen::Again(answer.clone()),
        }
    }

    pub(super) fn keep(&mut self, key: &str, answer: &Answered) {
        if let Some(kept) = self.0.get_mut(key) {
            kept.answer = Some(answer.clone());
        }
    }

    /// It did not begin after all: the key is free.
    pub(super) fn free(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// As a day later, when providers have forgotten.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
