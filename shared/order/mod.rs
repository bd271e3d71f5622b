//! Orders: what a customer asked for, and whether it was paid.
mod create;
mod customer;
mod id;
mod list;
mod on_sale;
mod story;

pub use create::{Customer, Line, NewOrder, create};
pub use customer::customer;
pub use id::OrderId;
pub use list::{Filter, list};
pub use on_sale::{OnSale, on_sale};
pub use story::{Story, story};
