//! Orders: what a customer asked for, and whether it was paid.
mod create;
mod id;
mod story;

pub use create::{Customer, Line, NewOrder, create};
pub use id::OrderId;
pub use story::{Story, story};
