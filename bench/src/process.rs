//! What processes used: CPU time, memory at its peak. From /proc; a process counts with all its descendants.
use std::collections::HashMap;
use std::time::Duration;

/// Length of the kernel's clock tick, in which /proc counts: `USER_HZ` is 100 on every platform of Linux we run on.
const TICK: Duration = Duration::from_millis(10);

struct Stat {
    parent: u32,
    ticks: u32,
}

/// Of every process: its parent, and the ticks that it and its waited-for children used.
fn all() -> HashMap<u32, Stat> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, stat(pid)?))).collect()
}

fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field).and_then(|text| text.parse::<u32>().ok());
    Some(Stat { parent: number(1)?, ticks: number(11)? + number(12)? + number(13)? + number(14)? })
}

/// CPU time of these processes and of all that descend from them.
pub(crate) fn cpu(pids: &[u32]) -> Duration {
    let all = all();
    let descends = |mut pid: u32| loop {
        if pids.contains(&pid) {
            return true;
        }
        match all.get(&pid) {
            Some(stat) if stat.parent > 0 => pid = stat.parent,
            _ => return false,
        }
    };
    let ticks: u32 = all.iter().filter(|(pid, _)| descends(**pid)).map(|(_, stat)| stat.ticks).sum();
    TICK * ticks
}

/// CPU time of this process itself, and of children it has waited for.
pub(crate) fn own_cpu() -> (Duration, Duration) {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<u32> = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().skip(11).take(4).filter_map(|n| n.parse().ok()).collect())
        .unwrap_or_default();
    match fields[..] {
        [user, system, waited_user, waited_system] => {
            (TICK * (user + system), TICK * (waited_user + waited_system))
        }
        _ => (Duration::ZERO, Duration::ZERO),
    }
}

/// The process that started `pid`.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|stat| stat.parent)
}

/// The most memory that `pid`, or one that descends from it, ever had resident, in bytes.
pub(crate) fn peak_memory(pid: u32) -> u64 {
    let children = all().into_iter().filter(|(_, stat)| stat.parent == pid).map(|(child, _)| child);
    let own = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let own = own
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes * 1_024);
    children.map(peak_memory).max().unwrap_or(0).max(own)
}

/// Processor, cores and memory, as the kernel names them.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let (processor, memory) =
        (after(&read("/proc/cpuinfo"), "model name"), after(&read("/proc/meminfo"), "MemTotal"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kilobytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{processor}, {cores} cores, {} GiB", kilobytes.div_ceil(1 << 20))
}
