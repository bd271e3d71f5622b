//! `payonce doctor`
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use payonce::operator::doctor::{self, FUNCTIONS, Finding, Function, Level, Visit};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::settings;

/// Long enough for every question, each of which has a limit of its own.
const WITHIN: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// Only this function's; again for more. All of them, where none is named
    #[arg(long = "function", value_name = "NAME", value_parser = function)]
    functions: Vec<&'static Function>,
    /// As one JSON document
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let visit = Visit {
            functions: if self.functions.is_empty() { FUNCTIONS.iter().collect() } else { self.functions },
            lookup: &settings::variable,
            now: SystemTime::now(),
            deadline: Instant::now() + WITHIN,
        };
        let mut found = Vec::new();
        doctor::examine(&visit, |finding| {
            if !self.json {
                print(&finding);
            }
            found.push(finding);
        })
        .await;
        let count = |level| found.iter().filter(|finding: &&Finding| finding.level == level).count();
        let problems = count(Level::Problem);
        if self.json {
            let checks: Vec<Value> = found.iter().map(document).collect();
            println!("{:#}", json!({ "healthy": problems == 0, "checks": checks }));
        } else {
            println!("{} ok, {} warnings, {problems} problems", count(Level::Ok), count(Level::Warning));
        }
        Ok(if problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// One line.
fn print(finding: &Finding) {
    let Finding { level, about, says, remedy } = finding;
    let what_to_do = if remedy.is_empty() { String::new() } else { format!(": {remedy}") };
    println!("{:8} {about}: {says}{what_to_do}", level.name());
}

fn document(finding: &Finding) -> Value {
    let Finding { level, about, says, remedy } = finding;
    json!({ "level": level.name(), "about": about, "says": says, "remedy": remedy })
}

fn function(name: &str) -> Result<&'static Function, String> {
    FUNCTIONS.iter().find(|function| function.name == name).ok_or_else(|| {
        format!("the functions are {}", FUNCTIONS.each_ref().map(|function| function.name).join(", "))
    })
}
