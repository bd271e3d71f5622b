//! Credits: an append-only ledger a billing account, and the balance it adds up to.
//!
//! Owns billing_accounts, credit_accounts and credit_ledger. Credits move by `post.sql` alone; `top_up.sql` grants what
//! was paid, `claw_back.sql` makes the ledger follow refunds and disputes. Nothing here ever goes below zero.
mod account;

pub use account::{Account, adjust};
