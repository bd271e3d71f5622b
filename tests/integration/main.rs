//! One binary: every test of the house. `make test` builds the functions and starts the servers first.
mod captures;
mod chaos;
mod cost;
mod facts;
mod fulfilment;
mod inbox;
mod outages;
mod pooler;
mod tidy;
mod twins;
