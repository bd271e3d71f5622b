//! What is measured, and for how long.
use std::time::Duration;

use crate::figures::Cell;
use crate::ground::Profile::{self, Cpu, Disk};
use crate::traffic::Traffic::{self, Applied, Duplicate, Ignored, Mixed};

/// payonce, reached in different ways.
pub(crate) const PAYONCE: &str = "payonce";
pub(crate) const POOLED: &str = "payonce by PgBouncer";
pub(crate) const FAR: &str = "payonce, 1 ms away";
/// Side by side with the next, and like it measured no more than for the comparison, so that few remain few.
pub(crate) const FEW: &str = "payonce, few stored";
pub(crate) const MANY: &str = "payonce, many stored";
/// pgbench.
pub(crate) const CALL: &str = "pgbench, same call";
pub(crate) const CALL_PREPARED: &str = "pgbench, same call prepared";
pub(crate) const WRITES: &str = "pgbench, writes alone";
pub(crate) const REFERENCE: &str = "reference";
/// Peers, by their folders.
pub(crate) const TYPICAL: &str = "node-typical";
pub(crate) const TYPICAL_FAR: &str = "node-typical, 1 ms away";
pub(crate) const TUNED: &str = "node-tuned";
pub(crate) const TUNED_FAR: &str = "node-tuned, 1 ms away";
pub(crate) const MIRROR: &str = "stripe-sync-engine";
pub(crate) const DJANGO: &str = "dj-stripe";

/// How much of everything.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Times that every cell is run; the first, in which caches warm, is not counted among them.
    pub(crate) rounds: usize,
    /// How long a cell is to take.
    pub(crate) time: Duration,
    /// Cold starts of each kind.
    pub(crate) starts: usize,
    /// Events stored before it begins, and in the large database.
    pub(crate) stored: usize,
    pub(crate) many: usize,
    pub(crate) cells: Vec<Cell>,
}

impl Plan {
    /// Five rounds, and all cells: about 25 minutes.
    pub(crate) fn full(many: usize) -> Self {
        let mut cells = Vec::new();
        for profile in [Disk, Cpu] {
            for instances in [1, 8, 32] {
                for traffic in [Applied, Duplicate, Ignored, Mixed] {
                    add(&mut cells, profile, traffic, instances, &[PAYONCE, POOLED]);
                }
                add(&mut cells, profile, Applied, instances, &[TYPICAL, TUNED, CALL]);
            }
            add(&mut cells, profile, Applied, 8, &[CALL_PREPARED, WRITES, REFERENCE, DJANGO]);
            add(&mut cells, profile, Ignored, 8, &[MIRROR, TYPICAL, TUNED]);
            add(&mut cells, profile, Duplicate, 8, &[TYPICAL, TUNED]);
        }
        for instances in [1, 8] {
            add(&mut cells, Cpu, Applied, instances, &[FAR, TYPICAL_FAR, TUNED_FAR]);
        }
        for traffic in [Applied, Duplicate, Ignored] {
            add(&mut cells, Cpu, traffic, 8, &[FEW, MANY]);
        }
        Self { rounds: 5, time: Duration::from_millis(1_000), starts: 20, stored: 10_000, many, cells }
    }

    /// Two rounds of what matters most: under three minutes.
    pub(crate) fn short() -> Self {
        let mut cells = Vec::new();
        for traffic in [Applied, Duplicate, Ignored, Mixed] {
            add(&mut cells, Cpu, traffic, 8, &[PAYONCE]);
        }
        add(&mut cells, Cpu, Applied, 8, &[POOLED, CALL, REFERENCE, TYPICAL, TUNED]);
        add(&mut cells, Cpu, Applied, 1, &[PAYONCE, FAR, TYPICAL_FAR]);
        add(&mut cells, Disk, Applied, 8, &[PAYONCE, CALL]);
        Self { rounds: 2, time: Duration::from_millis(400), starts: 5, stored: 10_000, many: 0, cells }
    }

    /// Only the cells of subjects whose name contains one of `names`.
    pub(crate) fn only(mut self, names: &[String]) -> Self {
        self.cells.retain(|cell| names.iter().any(|name| cell.subject.contains(name.as_str())));
        self
    }

    /// Is anything of this subject measured?
    pub(crate) fn has(&self, subject: &str) -> bool {
        self.cells.iter().any(|cell| cell.subject == subject)
    }
}

fn add(cells: &mut Vec<Cell>, profile: Profile, traffic: Traffic, instances: usize, subjects: &[&str]) {
    cells.extend(subjects.iter().map(|subject| cell(profile, traffic, instances, subject)));
}

/// A cell by its parts.
pub(crate) fn cell(profile: Profile, traffic: Traffic, instances: usize, subject: &str) -> Cell {
    Cell { profile, traffic, instances, subject: subject.to_owned() }
}
