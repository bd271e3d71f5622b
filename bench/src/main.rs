//! `payonce-bench`: drives the release binaries through an emulated Lambda Runtime API against a real Postgres, beside a
//! floor and beside peers, in interleaved rounds; after each the books and the invariants must hold.
mod books;
mod cast;
mod certificate;
mod disk;
mod emulator;
mod figures;
mod fleet;
mod floor;
mod ground;
mod network;
mod order;
mod peers;
mod plan;
mod process;
mod rounds;
mod subject;
mod traffic;

use std::path::PathBuf;
use std::process::ExitCode;

use cast::Cast;
use clap::Parser;
use ground::Ground;
use payonce_tests::Random;
use plan::Plan;

/// Measures payonce's webhook, on servers that infra/local/test-cluster.sh prepares for.
#[derive(Parser)]
struct Arguments {
    /// Where the release binaries are.
    #[arg(long, default_value = "target/ship")]
    binaries: PathBuf,
    /// Where the report goes.
    #[arg(long, default_value = "target/bench")]
    report: PathBuf,
    /// Two small rounds.
    #[arg(long)]
    short: bool,
    /// Events stored in the large database.
    #[arg(long, default_value_t = 1_000_000)]
    stored: usize,
    /// Only subjects whose name contains this; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// Instead of five, or two.
    #[arg(long)]
    rounds: Option<usize>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match tokio::task::LocalSet::new().run_until(measure(Arguments::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("payonce-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: Arguments) -> Result<(), String> {
    let mut plan = if arguments.short { Plan::short() } else { Plan::full(arguments.stored) };
    if !arguments.only.is_empty() {
        plan = plan.only(&arguments.only);
    }
    plan.rounds = arguments.rounds.unwrap_or(plan.rounds);
    let mut random = Random::seeded("BENCH_SEED");
    let ground = Ground::start().await?;
    let mut cast = Cast::assemble(&ground, &plan, &arguments.binaries, &mut random).await?;
    let rounds = rounds::run(&ground, &plan, &mut cast, &mut random).await?;
    for (cell, samples) in &rounds.figures.0 {
        let median = |of| rounds.figures.median(cell, of).unwrap_or_default();
        println!(
            "{:4} {:9} x{:2} {:28} {:7.0}/s p50 {:7.0} p99 {:7.0} us fn {:5.0} pg {:5.0} driver {:4.0} wal {:5.0} ({} rounds of {})",
            cell.profile.name(), cell.traffic.name(), cell.instances, cell.subject, median(|s| s.per_second),
            median(|s| s.p50_us), median(|s| s.p99_us), median(|s| s.function_us), median(|s| s.postgres_us),
            median(|s| s.driver_us), median(|s| s.wal_bytes), samples.len(), samples[0].events,
        );
    }
    Ok(())
}
