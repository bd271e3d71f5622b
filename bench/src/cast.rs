//! Everybody who is measured, each on a database of its own.
use std::path::Path;

use payonce_tests::Random;
use serde_json::Value;

use crate::fleet::{Fleet, Program};
use crate::floor::Script;
use crate::ground::{self, Ground};
use crate::network;
use crate::order::Order;
use crate::peers::Peer;
use crate::plan::{self, Plan};
use crate::process;
use crate::subject::{Runs, Subject, Tables};
use crate::traffic::{self, SECRET};

/// The subjects, and the peers among them.
pub(crate) struct Cast {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) peers: Vec<Peer>,
    /// How far the network's delay is away: `host:port` of the far database.
    far: String,
}

impl Cast {
    /// Whoever `plan` asks for.
    pub(crate) async fn assemble(
        ground: &Ground,
        plan: &Plan,
        binary: &Path,
        random: &mut Random,
    ) -> Result<Self, String> {
        let far = network::slow(&ground.server()).map_err(|error| error.to_string())?;
        let mut cast = Self { subjects: Vec::new(), peers: Vec::new(), far: format!("127.0.0.1:{far}") };
        for name in [plan::TYPICAL, plan::TUNED, plan::MIRROR, plan::DJANGO, plan::REFERENCE] {
            if plan.cells.iter().any(|cell| cell.subject.starts_with(name)) {
                cast.peers.push(Peer::set_up(name)?);
            }
        }
        cast.invite_payonce(ground, plan, binary).await?;
        cast.invite_peers(ground, plan).await?;
        cast.invite_pgbench(ground, plan, random).await?;
        for subject in &mut cast.subjects {
            let stored = if subject.name == plan::MANY { plan.many } else { plan.stored };
            if subject.tables == Tables::Payonce {
                fill(subject, stored, random).await?;
            }
        }
        Ok(cast)
    }

    async fn invite_payonce(&mut self, ground: &Ground, plan: &Plan, binary: &Path) -> Result<(), String> {
        let far = payonce_tests::Cluster { server: self.far.clone(), pool: self.far.clone() };
        let login = "payonce_request_login";
        for (name, database) in [
            (plan::PAYONCE, "bench_direct"),
            (plan::POOLED, "bench_pooled"),
            (plan::FAR, "bench_far"),
            (plan::FEW, "bench_few"),
            (plan::MANY, "bench_many"),
        ] {
            if !plan.has(name) {
                continue;
            }
            let url = match name {
                plan::POOLED => ground.cluster.pooled_url(login, database),
                plan::FAR => far.direct_url(login, database),
                _ => ground.cluster.direct_url(login, database),
            };
            let program = payonce(binary, &url);
            let admin = ground.payonce(database).await?;
            self.subjects.push(subject(name, admin, Runs::Functions(Fleet::new(program)), Tables::Payonce));
        }
        Ok(())
    }

    async fn invite_peers(&mut self, ground: &Ground, plan: &Plan) -> Result<(), String> {
        let far = payonce_tests::Cluster { server: self.far.clone(), pool: self.far.clone() };
        for peer in &mut self.peers {
            if peer.name == plan::REFERENCE {
                continue;
            }
            if plan.has(&peer.name) {
                self.subjects.push(peer.subject(ground).await?);
            }
            let name = format!("{}, 1 ms away", peer.name);
            if plan.has(&name) {
                let database = format!("far_{}", peer.name.replace('-', "_"));
                let program = peer.program(&far.direct_url("payonce_request_login", &database))?;
                let admin = ground.payonce(&database).await?;
                self.subjects.push(subject(
                    &name,
                    admin,
                    Runs::Functions(Fleet::new(program)),
                    Tables::Payonce,
                ));
            }
        }
        Ok(())
    }

    async fn invite_pgbench(
        &mut self,
        ground: &Ground,
        plan: &Plan,
        random: &mut Random,
    ) -> Result<(), String> {
        let body = traffic::tell("checkout.session.completed", &Order::nobodys(random), random);
        let hex = body.bytes().fold("body=\\x".to_owned(), |text, byte| text + &format!("{byte:02x}"));
        let (call, writes) = (include_str!("../floor/call.pgbench"), include_str!("../floor/writes.pgbench"));
        for (name, database, text, protocol) in [
            (plan::CALL, "bench_call", call, "extended"),
            (plan::CALL_PREPARED, "bench_call_prepared", call, "prepared"),
            (plan::WRITES, "bench_writes", writes, "prepared"),
        ] {
            if plan.has(name) {
                let admin = ground.payonce(database).await?;
                let url = ground.cluster.direct_url("payonce_request_login", database);
                let file = ground::folder().join(format!("{database}.pgbench"));
                let script = Script::new(
                    ground.programs.join("pgbench"),
                    (file, text),
                    url,
                    protocol,
                    vec![hex.clone()],
                )?;
                self.subjects.push(subject(name, admin, Runs::Pgbench(script), Tables::Payonce));
            }
        }
        if let Some(peer) = self.peers.iter().find(|peer| peer.name == plan::REFERENCE) {
            let admin = peer.own_database(ground, "peer_reference").await?;
            let url = ground.cluster.direct_url("postgres", "peer_reference");
            let text = peer.read("paid_order.pgbench")?;
            let file = ground::folder().join("reference.pgbench");
            let variables = vec![format!("body={body}"), format!("sha256={}", "0".repeat(64))];
            let script =
                Script::new(ground.programs.join("pgbench"), (file, &text), url, "prepared", variables)?;
            let tables = Tables::Own(peer.effects()?);
            self.subjects.push(subject(plan::REFERENCE, admin, Runs::Pgbench(script), tables));
        }
        Ok(())
    }

    /// The most that one instance of each function ever had, in bytes.
    pub(crate) fn memory(&self) -> Vec<(String, u64)> {
        let most = |subject: &Subject| match &subject.runs {
            Runs::Functions(fleet) => fleet.pids().into_iter().map(process::peak_memory).max(),
            Runs::Pgbench(_) => None,
        };
        self.subjects.iter().filter_map(|subject| Some((subject.name.clone(), most(subject)?))).collect()
    }

    /// The subject of this name.
    pub(crate) fn find(&mut self, name: &str) -> Result<&mut Subject, String> {
        self.subjects
            .iter_mut()
            .find(|subject| subject.name == name)
            .ok_or(format!("nobody is called {name}"))
    }
}

/// How an instance of payonce is started on the database `url`.
pub(crate) fn payonce(binary: &Path, url: &str) -> Program {
    Program::of(binary, &[("DATABASE_URL", url), ("STRIPE_WEBHOOK_SECRET", SECRET)])
}

fn subject(name: &str, admin: tokio_postgres::Client, runs: Runs, tables: Tables) -> Subject {
    Subject { name: name.to_owned(), admin, runs, tables, told: Vec::new(), next: 1 }
}

/// Stores about so many events, three for each paid order.
async fn fill(subject: &mut Subject, events: usize, random: &mut Random) -> Result<(), String> {
    let orders = events / 3;
    let mut told = Order::nobodys(random).told;
    told.event_id = "evt_EVENT".to_owned();
    let body = payonce::stripe::sample("checkout.session.completed", &told, std::time::SystemTime::now());
    let sql = include_str!("../sql/stored.sql")
        .replace("$orders", &orders.to_string())
        .replace("$body", &body.unwrap_or_default());
    ground::run(&subject.admin, &sql).await?;
    ground::run(&subject.admin, "vacuum (full) payonce.orders").await?;
    ground::run(&subject.admin, "vacuum (full) payonce.payments").await?;
    ground::run(&subject.admin, "vacuum (analyze)").await?;
    subject.next = orders as i64 + 1;
    Ok(())
}

/// What a peer says of itself, for the report.
pub(crate) fn introduce(peers: &[Peer]) -> Vec<Value> {
    let about = |peer: &Peer| serde_json::json!({ "name": peer.name, "what": peer.what, "note": peer.note, "effect": peer.effect });
    peers.iter().map(about).collect()
}
