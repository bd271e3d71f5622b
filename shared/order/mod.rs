//! Orders: what a customer asked for, and whether it was paid.
mod customer;
mod id;
mod line;
mod list;
mod on_sale;
mod story;

pub use customer::customer;
pub use id::OrderId;
pub use line::Line;
pub use list::{Filter, list};
pub use on_sale::{OnSale, on_sale};
pub use story::{Story, story};
