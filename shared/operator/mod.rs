//! What operators ask of the books.
mod backup;
pub mod doctor;
mod event;
mod identity;
mod invariants;
mod payable;
mod seed;
pub mod verify;

pub use backup::{Marker, Recorded, backups, mark_backup};
pub use event::{Filter, StoredEvent, dead_letters, event, event_list};
pub use identity::identity;
pub use invariants::{Invariant, broken, invariants};
pub use payable::{Asked, Payable, payable};
pub use seed::seed_demo;
