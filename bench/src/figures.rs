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
    let rank = (sorted.len() * per_mille).div_ceil(1_000);
    sorted.get(rank.saturating_sub(1)).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_even_number_the_median_lies_in_the_middle() {
        assert_eq!(median(vec![4.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn of_a_thousand_one_is_slower_than_the_last_quantile() {
        let took: Vec<Duration> = (1..=1_000).map(Duration::from_micros).collect();
        let rounded = |per_mille| quantile(&took, per_mille).round();
        assert_eq!((rounded(500), rounded(999), rounded(1_000)), (500.0, 999.0, 1_000.0));
        assert_eq!(quantile(&[], 500), 0.0);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let cell = |subject: &str| crate::plan::cell(Profile::Cpu, Traffic::Applied, 8, subject);
        let sample = |per_second| Sample {
            events: 1,
            per_second,
            p50_us: 0.0,
            p99_us: 0.0,
            p999_us: 0.0,
            function_us: 0.0,
            postgres_us: 0.0,
            driver_us: 0.0,
            wal_bytes: 0.0,
        };
        let mut figures = Figures::default();
        for (ours, theirs) in [(30.0, 10.0), (80.0, 20.0), (50.0, 10.0)] {
            figures.add(&cell("ours"), sample(ours));
            figures.add(&cell("theirs"), sample(theirs));
        }
        let ratio = figures.ratio(&cell("ours"), &cell("theirs"), |sample| sample.per_second);
        assert_eq!(ratio, Some((4.0, (3.0, 5.0))));
    }
}
