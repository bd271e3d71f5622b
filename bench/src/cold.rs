//! Cold starts: from the start of a process to its first 200, which is an order paid.
use std::time::Instant;

use payonce_tests::Random;

use crate::cast::{Cast, payonce};
use crate::figures::median;
use crate::fleet::{Fleet, Program};
use crate::ground::Ground;
use crate::plan::{self, Plan};
use crate::traffic::{self, Traffic};

/// A kind of start, and how long each took, in milliseconds.
pub(crate) struct Starts {
    /// As reports call it.
    pub(crate) name: String,
    /// Until it asked for work: what Lambda calls the init phase.
    pub(crate) ready_ms: Vec<f64>,
    /// Until its first answer. The session is as new as the process, so Postgres plans every statement for it.
    pub(crate) took_ms: Vec<f64>,
    /// On whose database.
    subject: &'static str,
    program: Program,
}

/// With TLS, and the password by SCRAM, as it always is.
pub(crate) const TLS: &str = "payonce, TLS and SCRAM";
/// On a network that is private.
pub(crate) const PLAIN: &str = "payonce, SCRAM";
/// Behind PgBouncer, whose sessions have planned their statements before.
const POOLED: &str = "payonce by PgBouncer, SCRAM";

impl Starts {
    fn of(name: &str, subject: &'static str, program: Program) -> Self {
        Self { name: name.to_owned(), ready_ms: Vec::new(), took_ms: Vec::new(), subject, program }
    }

    /// Until its first answer, in milliseconds.
    pub(crate) fn median(&self) -> f64 {
        median(self.took_ms.clone()).unwrap_or_default()
    }

    /// Until it asked for work, in milliseconds.
    pub(crate) fn ready(&self) -> f64 {
        median(self.ready_ms.clone()).unwrap_or_default()
    }
}

/// Starts each kind in turn, as often as planned.
pub(crate) async fn run(
    ground: &Ground,
    plan: &Plan,
    binary: &std::path::Path,
    cast: &mut Cast,
    random: &mut Random,
) -> Result<Vec<Starts>, String> {
    let url = ground.cluster.direct_url("payonce_request_login", "bench_direct");
    let mut encrypted =
        payonce(binary, &url.replace("127.0.0.1", "localhost").replace("sslmode=disable", "sslmode=require"));
    let ca = ground.certificate.ca.display().to_string();
    encrypted.settings.push(("DATABASE_CA_FILE".to_owned(), ca));
    let pooled = payonce(binary, &ground.cluster.pooled_url("payonce_request_login", "bench_pooled"));
    let ours = [
        (PLAIN, plan::PAYONCE, payonce(binary, &url)),
        (TLS, plan::PAYONCE, encrypted),
        (POOLED, plan::POOLED, pooled),
    ];
    let ours = ours.into_iter().filter(|(_, subject, _)| plan.has(subject));
    let mut kinds: Vec<_> = ours.map(|(name, subject, program)| Starts::of(name, subject, program)).collect();
    for name in [plan::TYPICAL, plan::TUNED] {
        if let (true, Some(peer)) = (plan.has(name), cast.peers.iter_mut().find(|peer| peer.name == name)) {
            let database = format!("peer_{}", name.replace('-', "_"));
            let program = peer.program(&ground.cluster.direct_url("payonce_request_login", &database))?;
            kinds.push(Starts::of(name, name, program));
        }
    }
    // The first of each reads the program from the disk.
    for round in 0..=plan.starts {
        for kind in &mut kinds {
            let (ready, took) = once(kind, cast, random).await?;
            if round > 0 {
                kind.ready_ms.push(ready);
                kind.took_ms.push(took);
            }
        }
    }
    Ok(kinds)
}

async fn once(kind: &Starts, cast: &mut Cast, random: &mut Random) -> Result<(f64, f64), String> {
    let orders = cast.find(kind.subject)?.place(1).await?;
    let batch = traffic::write(Traffic::Applied, 1, &orders, &[], random);
    let mut fleet = Fleet::new(kind.program.clone());
    let since = Instant::now();
    fleet.deliver(batch.invocations, 1).await.map_err(|error| format!("{}: {error}", kind.name))?;
    let took = since.elapsed();
    let ready = fleet.ready().map_or(took, |ready| ready - since);
    Ok((ready.as_secs_f64() * 1e3, took.as_secs_f64() * 1e3))
}
