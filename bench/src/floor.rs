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

/// What pgbench saw of the transactions that count.
pub(crate) struct Took {
    pub(crate) elapsed: Duration,
    /// Of each transaction, shortest first.
    pub(crate) latencies: Vec<Duration>,
}

/// So many transactions of each client come first and do not count: its session is new, and plans everything once.
pub(crate) const WARM_UP: usize = 50;

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

    /// Runs it `each` times by so many clients, on the orders from `first` on. What is told leaves out the warm-up.
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
        let lines = read_log(&log)?;
        if !done.status.success() || lines.len() != clients * each {
            return Err(String::from_utf8_lossy(&done.stderr).into_owned());
        }
        Ok(Took::of(&lines))
    }

    /// CPU time of pgbench itself in its last run.
    pub(crate) fn cpu_of_the_last_run(&self) -> Duration {
        self.used.get()
    }
}

/// A transaction in pgbench's log.
struct Line {
    /// From 0, of its client.
    number: usize,
    took: Duration,
    /// Since the epoch.
    ended: Duration,
}

impl Took {
    fn of(lines: &[Line]) -> Self {
        let counted: Vec<&Line> = lines.iter().filter(|line| line.number >= WARM_UP).collect();
        let mut latencies: Vec<Duration> = counted.iter().map(|line| line.took).collect();
        latencies.sort_unstable();
        let began = counted.iter().map(|line| line.ended.saturating_sub(line.took)).min().unwrap_or_default();
        let ended = counted.iter().map(|line| line.ended).max().unwrap_or_default();
        Self { elapsed: ended.saturating_sub(began), latencies }
    }
}

/// Reads and removes pgbench's log: client, transaction, microseconds, script, second and microsecond of its end.
fn read_log(prefix: &std::path::Path) -> Result<Vec<Line>, String> {
    let folder = prefix.parent().ok_or("no folder")?;
    let name = prefix.file_name().ok_or("no name")?.to_string_lossy().into_owned() + ".";
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&name) {
            let text = std::fs::read_to_string(entry.path()).map_err(|error| error.to_string())?;
            lines.extend(text.lines().filter_map(read_line));
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(lines)
}

fn read_line(line: &str) -> Option<Line> {
    let fields: Vec<u64> = line.split(' ').map(|field| field.parse().unwrap_or_default()).collect();
    let [_, number, took, _, second, microsecond, ..] = fields[..] else { return None };
    Some(Line {
        number: usize::try_from(number).ok()?,
        took: Duration::from_micros(took),
        ended: Duration::from_secs(second) + Duration::from_micros(microsecond),
    })
}
