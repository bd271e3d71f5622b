//! payonce: every payment takes effect once.
//!
//! Read it in the order an event takes: [`lambda`] receives the request, [`stripe`] and
//! [`razorpay`] verify and read it, [`inbox`] claims it, [`fulfilment`] sends it to the domain
//! whose fact it carries ([`payment`], [`order`], [`credit`]), and [`answer`] says what happened.
//! Imports point one way: functions, domains, inbox, ground floor.
pub mod answer;
pub mod checkout;
pub mod config;
pub mod credit;
pub mod db;
pub mod failure;
pub mod fulfilment;
pub mod gateway;
pub mod inbox;
pub mod lambda;
pub mod mismatch;
pub mod money;
pub mod operator;
pub mod order;
pub mod outgoing;
pub mod payment;
pub mod razorpay;
pub mod receipt;
pub mod refund;
pub mod secret;
pub mod stripe;
pub mod token;
pub mod wiring;
