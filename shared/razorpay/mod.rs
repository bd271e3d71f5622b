//! Razorpay: its signature, what its events tell us, and samples of them. The same files as `stripe`, which it never imports.
pub mod client;
mod event;
pub mod minor_units;
mod sample;
pub mod signature;
pub use client::Client;
pub use event::read;
pub use sample::{SAMPLES, sample};
pub use signature::{sign, sign_checkout, verify, verify_checkout};
