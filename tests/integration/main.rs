//! One binary: every test of the house. `make test` builds the functions and starts the servers first.
mod bad_input;
mod captures;
mod chaos;
mod constraints;
mod cost;
mod facts;
mod fixtures;
mod fulfilment;
mod inbox;
mod invariants;
mod logs;
mod migrations;
mod outages;
mod pooler;
mod schema;
mod tidy;
mod twins;
