//! Stripe and Razorpay as servers on this machine, each with its state in memory.
//!
//! Faithful in what decides about money: who may ask, what is refused and how it is worded for machines, which request
//! is the same one again, what is left to refund, and which webhooks follow from what. The facts are the providers' own,
//! named where they are used; ids, names and texts are ours. That they are read as the real ones is held by the
//! official SDKs (`tests/sdk`), which are clients of these servers in `tests/integration/sdk.rs`.
mod faults;
mod form;
mod http;
mod keys;
mod razorpay;
mod stripe;

use std::time::{Duration, SystemTime};

use serde_json::Value;
use uuid::Uuid;

pub use faults::Fault;
pub use razorpay::{Callback, FakeRazorpay};
pub use stripe::FakeStripe;

/// An id as providers make them: the prefix, then so many characters (at most 18) that nobody can guess.
fn new_id(prefix: &str, length: usize) -> String {
    let random = Uuid::now_v7().simple().to_string();
    format!("{prefix}_{}", &random[random.len() - length..])
}

/// The fake's clock: the real one, and what a test has put it ahead.
fn seconds(ahead: Duration) -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (since + ahead).as_secs()
}

/// The object with this id.
fn by_id<'a>(objects: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    objects.iter_mut().find(|object| object["id"] == id)
}

/// A field that is a text.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// The sum of an integer field over those objects that fit.
fn sum<'a>(objects: impl IntoIterator<Item = &'a Value>, field: &str) -> i64 {
    objects.into_iter().filter_map(|object| object[field].as_i64()).sum()
}

/// An event and how far it got.
struct Told {
    event: Value,
    /// Waits for the test to take it.
    waits: bool,
    /// The test took it: the provider counts it as delivered.
    delivered: bool,
}

/// The webhooks of one endpoint, in the order in which things happened.
#[derive(Default)]
struct Outbox(Vec<Told>);

impl Outbox {
    fn tell(&mut self, event: Value) {
        self.0.push(Told { event, waits: true, delivered: false });
    }

    /// Those not taken yet, as bodies.
    fn take(&mut self) -> Vec<String> {
        let waiting = self.0.iter_mut().filter(|told| told.waits);
        waiting
            .map(|told| {
                (told.waits, told.delivered) = (false, true);
                told.event.to_string()
            })
            .collect()
    }

    /// Those not taken yet will never come.
    fn lose(&mut self) {
        for told in &mut self.0 {
            told.waits = false;
        }
    }
}
