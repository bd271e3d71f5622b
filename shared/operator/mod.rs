//! What operators ask of the books.
mod invariants;

pub use invariants::{Invariant, invariants};
