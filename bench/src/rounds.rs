//! The rounds: every cell once in each, in an order that turns, so that what drifts drifts for all.
use std::collections::BTreeMap;

use payonce_tests::Random;

use crate::books;
use crate::cast::Cast;
use crate::disk;
use crate::figures::{Cell, Figures, Sample};
use crate::ground::{self, Ground, Profile};
use crate::plan::Plan;
use crate::subject::Tables;
use crate::traffic::Traffic;

/// What the rounds gave.
#[derive(Default)]
pub(crate) struct Rounds {
    pub(crate) figures: Figures,
    /// Microseconds of a synced write, before the first round and after each.
    pub(crate) sync_us: Vec<f64>,
}

/// Runs them all. Ends with the first book that does not balance.
pub(crate) async fn run(
    ground: &Ground,
    plan: &Plan,
    cast: &mut Cast,
    random: &mut Random,
) -> Result<Rounds, String> {
    let mut rounds = Rounds::default();
    for profile in [Profile::Disk, Profile::Cpu] {
        let cells: Vec<&Cell> = plan.cells.iter().filter(|cell| cell.profile == profile).collect();
        if cells.is_empty() {
            continue;
        }
        ground.profile(profile).await?;
        // The last one: pages written whole for the first time after a checkpoint would be all the WAL we see.
        ground.run("checkpoint").await?;
        let events = warm_up(ground, plan, &cells, cast, random).await?;
        settle(cast).await?;
        for round in 0..plan.rounds {
            rounds.sync_us.push(sync()?);
            let turn = round * cells.len() / plan.rounds;
            for cell in cells.iter().cycle().skip(turn).take(cells.len()) {
                let sample = one(ground, cell, events[*cell], cast, random).await?;
                rounds.figures.add(cell, sample);
            }
            rounds.sync_us.push(sync()?);
            hold_to_the_invariants(cast).await?;
            settle(cast).await?;
            eprintln!("{}: round {} of {}", profile.name(), round + 1, plan.rounds);
        }
    }
    Ok(rounds)
}

/// An instance's share of a round; fewer say little.
const LEAST: usize = 20;
/// Of all instances; more only take time to write down.
const MOST: usize = 10_000;

/// Runs every cell twice, and says how many events it takes to keep it busy for the planned time.
async fn warm_up<'c>(
    ground: &Ground,
    plan: &Plan,
    cells: &[&'c Cell],
    cast: &mut Cast,
    random: &mut Random,
) -> Result<BTreeMap<&'c Cell, usize>, String> {
    let mut events = BTreeMap::new();
    for cell in cells {
        let first = one(ground, cell, 12 * cell.instances, cast, random).await?;
        let some = (first.per_second * plan.time.as_secs_f64() / 2.0) as usize;
        let second = one(ground, cell, some.clamp(LEAST * cell.instances, MOST), cast, random).await?;
        let enough = (second.per_second * plan.time.as_secs_f64()) as usize;
        events.insert(*cell, enough.clamp(LEAST * cell.instances, MOST));
    }
    Ok(events)
}

async fn one(
    ground: &Ground,
    cell: &Cell,
    events: usize,
    cast: &mut Cast,
    random: &mut Random,
) -> Result<Sample, String> {
    let subject = cast.find(&cell.subject)?;
    // What is told again must have been told.
    if matches!(cell.traffic, Traffic::Duplicate | Traffic::Mixed) && subject.told.is_empty() {
        subject.run(ground, (Traffic::Applied, cell.instances, 50), random).await?;
    }
    subject.run(ground, (cell.traffic, cell.instances, events), random).await
}

async fn hold_to_the_invariants(cast: &Cast) -> Result<(), String> {
    for subject in cast.subjects.iter().filter(|subject| subject.tables == Tables::Payonce) {
        books::hold_to_the_invariants(&subject.admin)
            .await
            .map_err(|broken| format!("{}: {broken}", subject.name))?;
    }
    Ok(())
}

/// What autovacuum would do some time, done now, when no clock runs.
async fn settle(cast: &Cast) -> Result<(), String> {
    for subject in &cast.subjects {
        ground::run(&subject.admin, "vacuum (analyze)").await?;
    }
    Ok(())
}

fn sync() -> Result<f64, String> {
    disk::sync_us(&ground::folder()).map_err(|error| error.to_string())
}
