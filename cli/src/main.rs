//! `payonce`: what operators and developers type. One file a command; the work itself is the library's.
mod account;
mod backup;
mod checkout;
mod doctor;
mod event;
mod functions;
mod http;
mod invariants;
mod migrate;
mod mismatch;
mod order;
mod payment;
mod post;
mod quoted;
mod receipt;
mod refund;
mod seed;
mod settings;
mod story;
mod topup;
mod typed;
mod verify;
mod waiting;
mod webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every payment takes effect once: the operators' command.
#[derive(Parser)]
#[command(name = "payonce", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database to this build's schema and install its functions
    Migrate(migrate::Migrate),
    /// Put a backup on record; list those that are
    #[command(subcommand)]
    Backup(backup::Backup),
    /// The SQL functions of each release
    #[command(subcommand)]
    Functions(functions::Functions),
    /// Put in demo data: a tea and book shop to play with
    Seed(seed::Seed),
    /// Check that the database is what this build expects; leaves nothing behind, safe on production
    Verify,
    /// Is everything set up as the functions want it? No value is printed
    Doctor(doctor::Doctor),
    /// Check the books: each invariant must find no row
    Invariants(invariants::Invariants),
    /// Everything that waits for a person, on one page
    Waiting(waiting::Waiting),
    /// List orders; tell the story of any; make one
    #[command(subcommand)]
    Order(order::Order),
    /// Tell the story of a credit top-up; make one
    #[command(subcommand)]
    Topup(topup::Topup),
    /// Tell the story of any payment
    #[command(subcommand)]
    Payment(payment::Payment),
    /// Ask for a refund; see and send those on their way
    #[command(subcommand)]
    Refund(refund::Refund),
    /// Decide about money that is not what was asked
    #[command(subcommand)]
    Mismatch(mismatch::Mismatch),
    /// Make a link to a receipt
    #[command(subcommand)]
    Receipt(receipt::Receipt),
    /// What a basket costs; paying in the sandbox
    #[command(subcommand)]
    Checkout(checkout::Checkout),
    /// Open a billing account
    #[command(subcommand)]
    Account(account::Account),
    /// Sample, send, look up and fetch events
    #[command(subcommand)]
    Event(event::Event),
    /// Check a signature; take up an event again; list those given up
    #[command(subcommand)]
    Webhook(webhook::Webhook),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Migrate(migrate) => migrate.run().await,
        Command::Backup(backup) => backup.run().await,
        Command::Functions(functions) => functions.run().await,
        Command::Seed(seed) => seed.run().await,
        Command::Verify => verify::run().await,
        Command::Doctor(doctor) => doctor.run().await,
        Command::Invariants(invariants) => invariants.run().await,
        Command::Waiting(waiting) => waiting.run().await,
        Command::Order(order) => order.run().await,
        Command::Topup(topup) => topup.run().await,
        Command::Payment(payment) => payment.run().await,
        Command::Refund(refund) => refund.run().await,
        Command::Mismatch(mismatch) => mismatch.run().await,
        Command::Receipt(receipt) => receipt.run().await,
        Command::Checkout(checkout) => checkout.run().await,
        Command::Account(account) => account.run().await,
        Command::Event(event) => event.run().await,
        Command::Webhook(webhook) => webhook.run().await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("payonce: {error:#}");
        if let Some(hint) = settings::hint(&error) {
            eprintln!("{hint}");
        }
        ExitCode::FAILURE
    })
}

#[test]
fn the_arguments_of_every_command_are_consistent() {
    use clap::CommandFactory;
    Cli::command().debug_assert();
}
