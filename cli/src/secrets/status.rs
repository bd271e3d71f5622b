//! `payonce secrets status`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use payonce::config::{self, Keeping, SECRETS};
use payonce::operator::{self, OldSecret};
use payonce::rotation::Kept;
use payonce::secret::Stage;
use payonce::secret::manager::Manager;

use super::keeping;
use crate::settings;

pub(super) async fn run() -> Result<ExitCode> {
    let (keeping, now) = (keeping()?, SystemTime::now());
    let old = match settings::pooled().await {
        Ok(client) => operator::old_secrets(&client, now).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.root_cause().to_string()),
    };
    let mut all_well = true;
    for name in SECRETS {
        let of_it = keeping
            .as_ref()
            .and_then(|keeping| Some((keeping, keeping.kept.iter().find(|kept| kept.name == name)?)));
        match of_it {
            Some((keeping, kept)) => match describe(keeping, kept, now).await {
                Ok(lines) => println!("{name}  in Secrets Manager, {lines}"),
                Err(why) => {
                    println!("{name}  in Secrets Manager, unreadable: {why}");
                    all_well = false;
                }
            },
            None if settings::variable(name).is_some_and(|value| !value.trim().is_empty()) => {
                println!("{name}  in the environment");
            }
            None => println!("{name}  not set"),
        }
    }
    match old {
        Ok(old) if old.is_empty() => println!("\nno event of the last day was verified by a previous secret"),
        Ok(old) => old.iter().for_each(|one| println!("\n{}", still_used(one, now))),
        Err(why) => println!("\nwhich secrets are in use is not known: {why}"),
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How one stands, without its value.
async fn describe(
    keeping: &Keeping,
    config::Kept { name, id, .. }: &config::Kept,
    now: SystemTime,
) -> Result<String, String> {
    let manager = Manager::new(&keeping.aws)?;
    let kept = Kept::find(&manager, id).await?;
    let by = match (kept.kind, kept.rotates) {
        (None, _) => "rotated by hand",
        (Some(_), true) => "rotated by itself",
        (Some(_), false) => "rotated when asked",
    };
    let last =
        kept.rotated_at.map_or_else(|| "never rotated".into(), |at| format!("last {} ago", span(at, now)));
    let mut told = format!("{}: {by}, {last}", kept.name);
    let versions = manager.versions(id).await?;
    if versions.is_empty() {
        told.push_str("\n    no value");
    }
    let current = versions.iter().find(|one| one.stage == Stage::Current);
    let until = keeping.overlap_of(name).zip(current).map(|(overlap, current)| current.created + overlap);
    for version in &versions {
        let accepted = match (version.stage, until) {
            (Stage::Previous, None) => ", accepted until the next rotation".into(),
            (Stage::Previous, Some(until)) if until > now => {
                format!(", accepted for {} more", span(now, until))
            }
            (Stage::Previous, _) => ", accepted no more".into(),
            _ => String::new(),
        };
        let (stage, age) = (version.stage.name(), span(version.created, now));
        told.push_str(&format!("\n    {stage:8} {}  {age} old{accepted}", version.id));
    }
    Ok(told)
}

fn still_used(old: &OldSecret, now: SystemTime) -> String {
    let OldSecret { provider, version, events, last } = old;
    format!(
        "{provider}: {events} events of the last day verified by {version}, the last {} ago",
        span(*last, now)
    )
}

/// `3 days`, `2 hours`: the largest unit that fits.
fn span(from: SystemTime, to: SystemTime) -> String {
    let seconds = to.duration_since(from).unwrap_or(Duration::ZERO).as_secs();
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(size, _)| seconds >= 2 * size);
    unit.map_or_else(|| format!("{seconds} seconds"), |(size, name)| format!("{} {name}", seconds / size))
}

#[test]
fn a_span_is_told_in_its_largest_unit() {
    let (from, at) =
        (SystemTime::UNIX_EPOCH, |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    for (seconds, told) in
        [(0, "0 seconds"), (119, "119 seconds"), (120, "2 minutes"), (7_200, "2 hours"), (259_200, "3 days")]
    {
        assert_eq!(span(from, at(seconds)), told);
    }
    assert_eq!(span(at(9), from), "0 seconds");
}
