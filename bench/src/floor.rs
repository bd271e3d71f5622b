//! pgbench: what the same work costs when nothing but its call, or its rows, is sent.
use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use payonce::db::release;

use crate::process;

/// A script for pgbench, on one database.
pub(crate) struct Script {
    program: PathBuf,
    file: PathBuf,
    url: String,
    /// `extended` sends the statement's text each time, as one must behind a transaction pooler; `prepared` sends it once.
    protocol: &'static str,
    variables: Vec<String>,
    used: Cell<Duration>,
}

/// What pgbench saw.
pub(crate) struct Took {
    pub(crate) elapsed: Duration,
    /// Of each transaction, shortest first.
    pub(crate) latencies: Vec<Duration>,
}

impl Script {
    /// The script `text`, kept as `file`; `variables` are further ones (`body=...`).
    pub(crate) fn new(
        program: PathBuf,
        (file, text): (PathBuf, &str),
        url: String,
        protocol: &'static str,
        variables: Vec<String>,
    ) -> Result<Self, String> {
        std::fs::write(&file, release::sql(text)).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self { program, file, url, protocol, variables, used: Cell::default() })
    }

    /// Runs it `each` times by so many clients, on the orders from `first` on.
    pub(crate) fn run(&self, clients: usize, each: usize, first: i64) -> Result<Took, String> {
        let log = self.file.with_extension("log");
        let mut command = Command::new(&self.program);
        command
            .args(["-n", "-j", "1", "-M", self.protocol, "-c", &clients.to_string(), "-t", &each.to_string()])
            .args(["-l", "--log-prefix", &log.display().to_string()])
            .arg("-f")
            .arg(&self.file)
            .args(["-D", &format!("first={first}"), "-D", &format!("each={each}"), "-D", "i=-1"])
            .args(self.variables.iter().flat_map(|variable| ["-D", variable]))
            .arg(&self.url);
        let before = process::own_cpu().1;
        let done = command.output().map_err(|error| format!("{}: {error}", self.program.display()))?;
        self.used.set(process::own_cpu().1.saturating_sub(before));
        let said = String::from_utf8_lossy(&done.stdout);
        let per_second = said.lines().find_map(|line| {
            line.strip_prefix("tps = ")?.split_whitespace().next()?.parse::<f64>().ok()
        });
        match per_second {
            Some(per_second) if done.status.success() => Ok(Took {
                elapsed: Duration::from_secs_f64((clients * each) as f64 / per_second),
                latencies: latencies(&log)?,
            }),
            _ => Err(format!("{said}{}", String::from_utf8_lossy(&done.stderr))),
        }
    }

    /// CPU time of pgbench itself in its last run.
    pub(crate) fn cpu_of_the_last_run(&self) -> Duration {
        self.used.get()
    }
}

/// Reads and removes pgbench's logs: the third field of a line is a transaction's microseconds.
fn latencies(prefix: &std::path::Path) -> Result<Vec<Duration>, String> {
    let folder = prefix.parent().ok_or("no folder")?;
    let name = prefix.file_name().ok_or("no name")?.to_string_lossy().into_owned() + ".";
    let mut took = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&name) {
            let text = std::fs::read_to_string(entry.path()).map_err(|error| error.to_string())?;
            took.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).map(Duration::from_micros));
            let _ = std::fs::remove_file(entry.path());
        }
    }
    took.sort_unstable();
    Ok(took)
}
