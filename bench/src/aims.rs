//! The aims, each a ratio or a size, and what was measured of it.
use crate::figures::{Cell, Figures, Sample};
use crate::ground::Profile::{self, Cpu, Disk};
use crate::plan::{self, cell};
use crate::report::Report;
use crate::traffic::Traffic::{Applied, Duplicate, Ignored};

/// An aim and how it went.
pub(crate) struct Aim {
    pub(crate) what: String,
    /// In words, `at least 4 times`.
    pub(crate) aim: String,
    pub(crate) measured: String,
    /// The worst round's, where there were rounds.
    pub(crate) worst: String,
    pub(crate) met: bool,
}

/// Which way is good.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    fn words(self, unit: &str) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {least}{unit}"),
            Self::AtMost(most) => format!("at most {most}{unit}"),
        }
    }
}

/// All aims of which something was measured.
pub(crate) fn judge(report: &Report) -> Vec<Aim> {
    let mut aims = Vec::new();
    for profile in [Disk, Cpu] {
        throughput(&report.figures, profile, &mut aims);
    }
    costs(&report.figures, &mut aims);
    starts_and_sizes(report, &mut aims);
    duplicates(report, &mut aims);
    many_stored(report, &mut aims);
    aims
}

fn at_eight(profile: Profile, subject: &str) -> Cell {
    cell(profile, Applied, 8, subject)
}

fn throughput(figures: &Figures, profile: Profile, aims: &mut Vec<Aim>) {
    let ours = at_eight(profile, plan::PAYONCE);
    let per_second = |sample: &Sample| sample.per_second;
    for (subject, least) in
        [(plan::CALL, 0.85), (plan::TYPICAL, 4.0), (plan::TUNED, 1.3), (plan::DJANGO, 40.0)]
    {
        let what = format!("applied events a second at 8 instances, of {subject} ({})", profile.name());
        ratio(
            aims,
            what,
            figures.ratio(&ours, &at_eight(profile, subject), per_second),
            Bound::AtLeast(least),
        );
    }
    let (stored, mirrored) =
        (cell(profile, Ignored, 8, plan::PAYONCE), cell(profile, Ignored, 8, plan::MIRROR));
    let what =
        format!("ignored events a second at 8 instances, of {}'s upserts ({})", plan::MIRROR, profile.name());
    ratio(aims, what, figures.ratio(&stored, &mirrored, per_second), Bound::AtLeast(4.0));
}

fn costs(figures: &Figures, aims: &mut Vec<Aim>) {
    let ours = at_eight(Cpu, plan::PAYONCE);
    let (function, postgres) = (|sample: &Sample| sample.function_us, |sample: &Sample| sample.postgres_us);
    let typical = at_eight(Cpu, plan::TYPICAL);
    let tuned = at_eight(Cpu, plan::TUNED);
    let what = |of: &str, subject: &str| format!("{of} CPU an applied event, {subject} over payonce");
    ratio(
        aims,
        what("function", plan::TYPICAL),
        figures.ratio(&typical, &ours, function),
        Bound::AtLeast(15.0),
    );
    ratio(aims, what("function", plan::TUNED), figures.ratio(&tuned, &ours, function), Bound::AtLeast(5.0));
    ratio(
        aims,
        what("Postgres", plan::TYPICAL),
        figures.ratio(&typical, &ours, postgres),
        Bound::AtLeast(2.5),
    );
    let (call, reference) = (at_eight(Cpu, plan::CALL_PREPARED), at_eight(Cpu, plan::REFERENCE));
    let what = "Postgres CPU of the effect, of the reference model's (both one prepared call by pgbench)";
    ratio(aims, what.into(), figures.ratio(&call, &reference, postgres), Bound::AtMost(0.5));
    let (far, typical_far) = (cell(Cpu, Applied, 1, plan::FAR), cell(Cpu, Applied, 1, plan::TYPICAL_FAR));
    let what = format!("p50 with 1 ms of network, {} over payonce", plan::TYPICAL);
    ratio(aims, what, figures.ratio(&typical_far, &far, |sample| sample.p50_us), Bound::AtLeast(7.0));
}

fn starts_and_sizes(report: &Report, aims: &mut Vec<Aim>) {
    let start = |name: &str| report.starts.iter().find(|starts| starts.name == name);
    if let Some(encrypted) = start(crate::cold::TLS) {
        single(aims, "cold start, TLS and SCRAM to Postgres", encrypted.median(), " ms", Bound::AtMost(20.0));
    }
    if let (Some(plain), Some(typical)) = (start(crate::cold::PLAIN), start(plan::TYPICAL)) {
        let what = format!("cold start without TLS, bundled {} over payonce", plan::TYPICAL);
        single(aims, &what, typical.median() / plain.median(), " times", Bound::AtLeast(20.0));
    }
    let memory = |name: &str| report.memory.iter().find(|(of, _)| of == name).map(|(_, bytes)| *bytes as f64);
    if let (Some(ours), Some(typical)) = (memory(plan::PAYONCE), memory(plan::TYPICAL)) {
        let what = format!("peak memory, {} over payonce", plan::TYPICAL);
        single(aims, &what, typical / ours, " times", Bound::AtLeast(15.0));
    }
    for ((name, bytes), most) in report.sizes.iter().zip([6.0, 3.0]) {
        let what = format!("stripped webhook binary {name}");
        single(aims, &what, *bytes as f64 / 1e6, " MB", Bound::AtMost(most));
    }
}

fn duplicates(report: &Report, aims: &mut Vec<Aim>) {
    if let Some(words) = report.words.iter().find(|words| words.traffic == Duplicate) {
        single(aims, "round trips of a duplicate", words.round_trips, "", Bound::AtMost(1.0));
    }
    let both = |sample: &Sample| sample.function_us + sample.postgres_us;
    let duplicate = cell(Cpu, Duplicate, 8, plan::PAYONCE);
    let applied = report.figures.ratio(&duplicate, &at_eight(Cpu, plan::PAYONCE), both);
    ratio(aims, "CPU of a duplicate, of an applied event's".into(), applied, Bound::AtMost(0.334));
}

fn many_stored(report: &Report, aims: &mut Vec<Aim>) {
    for traffic in [Applied, Duplicate, Ignored] {
        let (many, few) = (cell(Cpu, traffic, 8, plan::MANY), cell(Cpu, traffic, 8, plan::FEW));
        let what = |of: &str| {
            format!("{of}, {} events, {} stored of {}", traffic.name(), report.many, report.stored)
        };
        let rate = report.figures.ratio(&many, &few, |sample| sample.per_second);
        ratio(aims, what("events a second"), rate, Bound::AtLeast(0.9));
        let wal = report.figures.ratio(&many, &few, |sample| sample.wal_bytes);
        ratio(aims, what("WAL an event"), wal, Bound::AtMost(1.15));
    }
}

fn ratio(aims: &mut Vec<Aim>, what: String, measured: Option<(f64, (f64, f64))>, bound: Bound) {
    let Some((median, (least, most))) = measured else { return };
    let worst = if matches!(bound, Bound::AtLeast(_)) { least } else { most };
    aims.push(Aim {
        what,
        aim: bound.words(""),
        measured: short(median),
        worst: short(worst),
        met: bound.holds(median),
    });
}

fn single(aims: &mut Vec<Aim>, what: &str, value: f64, unit: &str, bound: Bound) {
    aims.push(Aim {
        what: what.to_owned(),
        aim: bound.words(unit),
        measured: format!("{}{unit}", short(value)),
        worst: String::new(),
        met: bound.holds(value),
    });
}

/// Three digits that count.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
