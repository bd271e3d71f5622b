//! stripe
mod event;
mod sample;
pub mod signature;
pub use event::read;
pub use sample::{SAMPLES, sample};
pub use signature::{TOLERANCE, sign, verify, verify_within};
