//! `payonce-bench`: drives the release binaries through an emulated Lambda Runtime API against a real Postgres, beside a
//! floor and beside peers, in interleaved rounds; after each the books and the invariants must hold.
mod aims;
mod books;
mod cast;
mod certificate;
mod chart;
mod cold;
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
mod report;
mod rounds;
mod subject;
mod traffic;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use cast::Cast;
use clap::Parser;
use ground::Ground;
use payonce_tests::Random;
use plan::Plan;
use report::Report;

/// Measures payonce's webhook, on servers that infra/local/test-cluster.sh prepares for.
#[derive(Parser)]
struct Arguments {
    /// The webhook as it ships.
    #[arg(long, default_value = "target/lambda/stripe-webhook/bootstrap")]
    binary: PathBuf,
    /// The same without the Secrets Manager client; only its size is of interest.
    #[arg(long)]
    lean: Option<PathBuf>,
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
    let mut cast = Cast::assemble(&ground, &plan, &arguments.binary, &mut random).await?;
    let rounds = rounds::run(&ground, &plan, &mut cast, &mut random).await?;
    let mut report = Report {
        machine: process::machine(),
        postgres: ground.version.clone(),
        rounds: plan.rounds,
        stored: plan.stored,
        many: plan.many,
        sync_us: rounds.sync_us,
        figures: rounds.figures,
        starts: Vec::new(),
        words: Vec::new(),
        memory: cast.memory(),
        sizes: sizes(&arguments)?,
        peers: cast::introduce(&cast.peers),
    };
    report.starts = cold::run(&ground, &plan, &arguments.binary, &mut cast, &mut random).await?;
    report.words = words::count(&ground, &arguments.binary, &mut random).await?;
    println!("{}", report.write(&arguments.report).map_err(|error| error.to_string())?);
    Ok(())
}

/// Bytes of the binaries, the one that ships first.
fn sizes(arguments: &Arguments) -> Result<Vec<(String, u64)>, String> {
    let named = [
        ("as it ships", Some(&arguments.binary)),
        ("without the Secrets Manager client", arguments.lean.as_ref()),
    ];
    let there = named.into_iter().filter_map(|(name, path)| Some((name, path?)));
    let size = |(name, path): (&str, &PathBuf)| {
        let file = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((name.to_owned(), file.len()))
    };
    there.map(size).collect()
}
