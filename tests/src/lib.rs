//! The house under test: a database of its own for every test on one real Postgres behind one real PgBouncer, the
//! functions as production wires them, their real binaries under a Runtime API, and the means to break things.
//!
//! Nothing here stands in for a part of payonce: what is emulated is Lambda and the network.
mod binary;
mod house;
mod proxy;
mod runtime_api;
mod servers;
mod shop;

pub use binary::{binary, environment};
pub use house::{House, RAZORPAY_SECRET, STRIPE_SECRET, direct_url, in_a_house, in_a_house_with, pooled_url};
pub use proxy::Proxy;
pub use runtime_api::{Gone, Instance};
pub use servers::Servers;
pub use shop::{Checkout, inr};
