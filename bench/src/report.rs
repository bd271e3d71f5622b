//! The report: the aims first, then every figure; as Markdown for people and as JSON for machines.
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::aims::{self, Aim, short};
use crate::cold::Starts;
use crate::figures::{Cell, Figures, Sample};
use crate::plan;
use crate::words::Words;

/// All that a run found.
pub(crate) struct Report {
    /// Processor, cores, memory.
    pub(crate) machine: String,
    /// Server and version.
    pub(crate) postgres: String,
    pub(crate) rounds: usize,
    /// Events stored before it began, and in the large database.
    pub(crate) stored: usize,
    pub(crate) many: usize,
    /// Microseconds of a synced write, before and after each round.
    pub(crate) sync_us: Vec<f64>,
    pub(crate) figures: Figures,
    pub(crate) starts: Vec<Starts>,
    pub(crate) words: Vec<Words>,
    /// At its peak, of one instance, in bytes.
    pub(crate) memory: Vec<(String, u64)>,
    /// Of the stripped binary of `stripe-webhook`, in bytes.
    pub(crate) sizes: Vec<(String, u64)>,
    /// Of the peers.
    pub(crate) peers: Vec<Value>,
}

impl Report {
    /// Writes `report.md`, `report.json` and `report.svg` into `folder`; returns the Markdown.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<String> {
        let aims = aims::judge(self);
        let markdown = self.markdown(&aims);
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("report.md"), &markdown)?;
        std::fs::write(folder.join("report.json"), format!("{:#}\n", self.json(&aims)))?;
        std::fs::write(folder.join("report.svg"), crate::chart::draw(self))?;
        Ok(markdown)
    }

    fn markdown(&self, aims: &[Aim]) -> String {
        let mut text = format!(
            "{}; {}. {} rounds, {} events stored before; medians. A synced write of a page took {} to {} µs between the rounds.\n\n",
            self.machine,
            self.postgres,
            self.rounds,
            self.stored,
            short(self.sync_us.iter().copied().fold(f64::INFINITY, f64::min)),
            short(self.sync_us.iter().copied().fold(0.0, f64::max)),
        );
        let _ = writeln!(text, "| What | Aim | Measured | Worst round | |\n|---|---|---|---|---|");
        for aim in aims {
            let verdict = if aim.met { "met" } else { "**missed**" };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {verdict} |",
                aim.what, aim.aim, aim.measured, aim.worst
            );
        }
        self.figures(&mut text);
        self.rest(&mut text);
        text
    }

    fn figures(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\nIn the profile `disk` a commit waits for the disk, in `cpu` it does not. Events a second of payonce's first.\n\n\
             | Profile | Events | Instances | Who | of payonce | a second | p50 ms | p99 ms | p99.9 ms | function µs | Postgres µs | WAL bytes |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|"
        );
        for cell in self.figures.0.keys() {
            let median = |of| self.figures.median(cell, of).unwrap_or_default();
            let ours = Cell { subject: plan::PAYONCE.to_owned(), ..cell.clone() };
            let ratio = self.figures.ratio(cell, &ours, |sample| sample.per_second);
            let milliseconds = |of: fn(&Sample) -> f64| short(median(of) / 1e3);
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                cell.profile.name(),
                cell.traffic.name(),
                cell.instances,
                cell.subject,
                ratio.map_or_else(String::new, |(ratio, _)| short(ratio)),
                short(median(|sample| sample.per_second)),
                milliseconds(|sample| sample.p50_us),
                milliseconds(|sample| sample.p99_us),
                milliseconds(|sample| sample.p999_us),
                short(median(|sample| sample.function_us)),
                short(median(|sample| sample.postgres_us)),
                short(median(|sample| sample.wal_bytes)),
            );
        }
    }

    fn rest(&self, text: &mut String) {
        let _ = writeln!(text, "\n| Of payonce, an event | round trips | commits |\n|---|---|---|");
        for words in &self.words {
            let _ = writeln!(
                text,
                "| {} | {:.2} | {:.2} |",
                words.traffic.name(),
                words.round_trips,
                words.commits
            );
        }
        let times = self.starts.first().map_or(0, |starts| starts.took_ms.len());
        let _ = writeln!(
            text,
            "\n| Cold start, median of {times} | ms until it asks for work | ms until its first 200 |\n|---|---|---|"
        );
        for starts in &self.starts {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                starts.name,
                short(starts.ready()),
                short(starts.median())
            );
        }
        let _ = writeln!(text, "\n| Peak memory | MB |\n|---|---|");
        for (name, bytes) in &self.memory {
            let _ = writeln!(text, "| {name} | {} |", short(*bytes as f64 / 1e6));
        }
        for (name, bytes) in &self.sizes {
            let _ = writeln!(text, "\nThe stripped binary of `stripe-webhook` {name} has {bytes} bytes.");
        }
        for peer in &self.peers {
            let word = |key: &str| peer[key].as_str().unwrap_or_default();
            let _ = writeln!(text, "\n**{}**: {}. {}", word("name"), word("what"), word("note"));
        }
    }

    fn json(&self, aims: &[Aim]) -> Value {
        let aims: Vec<Value> = aims
            .iter()
            .map(|aim| json!({ "what": aim.what, "aim": aim.aim, "measured": aim.measured, "worst": aim.worst, "met": aim.met }))
            .collect();
        let cells: Vec<Value> =
            self.figures.0.iter().map(|(cell, samples)| cell_json(cell, samples)).collect();
        let words: Vec<Value> = self
            .words
            .iter()
            .map(|words| json!({ "events": words.traffic.name(), "round_trips": words.round_trips, "commits": words.commits }))
            .collect();
        let starts: Vec<Value> = self
            .starts
            .iter()
            .map(|starts| json!({ "who": starts.name, "ready_ms": starts.ready_ms, "took_ms": starts.took_ms }))
            .collect();
        let bytes = |all: &[(String, u64)]| -> Vec<Value> {
            all.iter().map(|(of, bytes)| json!({ "of": of, "bytes": bytes })).collect()
        };
        let (memory, sizes) = (bytes(&self.memory), bytes(&self.sizes));
        json!({
            "machine": self.machine, "postgres": self.postgres, "stored": self.stored, "many": self.many,
            "sync_us": self.sync_us, "aims": aims, "cells": cells, "words": words, "cold_starts": starts,
            "peak_memory": memory, "binary_bytes": sizes, "peers": self.peers,
        })
    }
}

fn cell_json(cell: &Cell, samples: &[Sample]) -> Value {
    let samples: Vec<Value> = samples
        .iter()
        .map(|sample| {
            json!({
                "events": sample.events, "per_second": sample.per_second, "p50_us": sample.p50_us, "p99_us": sample.p99_us,
                "p999_us": sample.p999_us, "function_us": sample.function_us, "postgres_us": sample.postgres_us,
                "driver_us": sample.driver_us, "wal_bytes": sample.wal_bytes,
            })
        })
        .collect();
    json!({
        "profile": cell.profile.name(), "events": cell.traffic.name(), "instances": cell.instances,
        "who": cell.subject, "rounds": samples,
    })
}
