//! What was measured, and what of many rounds is told: medians, and the smallest of the ratios.
use std::collections::BTreeMap;
use std::time::Duration;

use crate::ground::Profile;
use crate::traffic::Traffic;

/// What a figure is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) profile: Profile,
    pub(crate) traffic: Traffic,
    pub(crate) instances: usize,
    /// Whose.
    pub(crate) subject: String,
}

/// One round of one cell. CPU and WAL are an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) events: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    /// Of the instances, or of pgbench.
    pub(crate) function_us: f64,
    pub(crate) postgres_us: f64,
    /// Of this program, which shares the machine.
    pub(crate) driver_us: f64,
    pub(crate) wal_bytes: f64,
}

/// Of each cell, a sample a round.
#[derive(Default)]
pub(crate) struct Figures(pub(crate) BTreeMap<Cell, Vec<Sample>>);

impl Figures {
    /// Adds the next round's.
    pub(crate) fn add(&mut self, cell: &Cell, sample: Sample) {
        self.0.entry(cell.clone()).or_default().push(sample);
    }

    /// The median over the rounds; `None` when the cell was not run.
    pub(crate) fn median(&self, cell: &Cell, of: fn(&Sample) -> f64) -> Option<f64> {
        median(self.0.get(cell)?.iter().map(of).collect())
    }

    /// `ours` over `theirs`, round by round: the median, the smallest and the largest.
    pub(crate) fn ratio(
        &self,
        ours: &Cell,
        theirs: &Cell,
        of: fn(&Sample) -> f64,
    ) -> Option<(f64, (f64, f64))> {
        let (ours, theirs) = (self.0.get(ours)?, self.0.get(theirs)?);
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| of(ours) / of(theirs));
        let mut ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
        ratios.sort_by(f64::total_cmp);
        Some((median(ratios.clone())?, (*ratios.first()?, *ratios.last()?)))
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some((low + high) / 2.0)
}

/// In microseconds, the one that so many of a thousand do not exceed; `sorted` is shortest first.
pub(crate) fn quantile(sorted: &[Duration], per_mille: usize) -> f64 {
    let at = (sorted.len() * per_mille / 1_000).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}
