//! razorpay
mod event;
mod sample;
pub mod signature;
pub use event::read;
pub use sample::{SAMPLES, sample};
pub use signature::{sign, verify};
