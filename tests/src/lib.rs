//! The house under test: a database of its own for every test on one real Postgres behind one real PgBouncer, the
//! functions as production wires them, their real binaries under a Runtime API, and the means to break things.
//!
//! Nothing here stands in for a part of payonce: what is emulated is Lambda, the network and the providers.
mod basket;
mod binary;
mod cluster;
mod contract;
pub mod desk;
mod front;
mod gate;
mod house;
mod mortal;
pub mod providers;
mod proxy;
mod random;
mod receipts;
mod runtime_api;
mod secrets_manager;
mod servers;
mod shop;
pub mod template;
pub mod till;

pub use basket::{Basket, OPEN_FOR};
pub use binary::{binary, environment};
pub use cluster::{Cluster, direct_url, pooled_url};
pub use contract::Contract;
pub use front::Front;
pub use gate::{Gate, Passage};
pub use house::{
    House, RAZORPAY_SECRET, STRIPE_SECRET, in_a_house, in_a_house_on, in_a_house_with, on_a_runtime, signed,
};
pub use mortal::Mortal;
pub use proxy::Proxy;
pub use random::Random;
pub use receipts::{Receipts, about};
pub use runtime_api::{Gone, Instance, Reply};
pub use secrets_manager::SecretsManager;
pub use servers::Servers;
pub use shop::{Checkout, inr};
