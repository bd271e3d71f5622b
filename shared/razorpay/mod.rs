//! Razorpay: its signature, what its events tell us, and samples of them. The same files as `stripe`, which it never imports.
mod event;
pub mod minor_units;
mod sample;
pub mod signature;
pub use event::read;
pub use sample::{SAMPLES, sample};
pub use signature::{sign, verify};
