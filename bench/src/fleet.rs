//! The instances of one function, each a process of its own, and their desk.
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::emulator::{Desk, Outcome};
use crate::process;

/// How to start an instance.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The `bootstrap`.
    pub(crate) path: PathBuf,
    /// Its environment beyond what Lambda gives it.
    pub(crate) settings: Vec<(String, String)>,
    /// Where what it writes goes; nowhere by default.
    pub(crate) log: Option<PathBuf>,
}

/// Started instances; ended when dropped.
pub(crate) struct Fleet {
    program: Program,
    desk: Rc<Desk>,
    processes: Vec<Child>,
}

impl Fleet {
    /// None started yet.
    pub(crate) fn new(program: Program) -> Self {
        Self { program, desk: Rc::default(), processes: Vec::new() }
    }

    /// Delivers `batch` by `count` instances; those not yet there are started first.
    pub(crate) async fn deliver(&mut self, batch: Rc<[String]>, count: usize) -> Result<Outcome, String> {
        while self.processes.len() < count {
            self.start().await?;
        }
        let desk = self.desk.clone();
        desk.deal(batch, count).await.map_err(|said| format!("{}: {said}", self.program.path.display()))
    }

    /// Starts one more.
    pub(crate) async fn start(&mut self) -> Result<(), String> {
        let address = self.desk.serve(self.processes.len()).await.map_err(|error| error.to_string())?;
        let process = self.program.start(&address)?;
        self.processes.push(process);
        Ok(())
    }

    /// When one of them first asked for work.
    pub(crate) fn ready(&self) -> Option<Instant> {
        self.desk.ready()
    }

    /// The processes.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.processes.iter().map(Child::id).collect()
    }

    /// CPU time so far, of all.
    pub(crate) fn cpu(&self) -> Duration {
        process::cpu(&self.pids())
    }
}

impl Program {
    /// This binary with these settings.
    pub(crate) fn of(binary: &Path, settings: &[(&str, &str)]) -> Self {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { path: binary.to_owned(), settings, log: None }
    }

    fn start(&self, address: &str) -> Result<Child, String> {
        let output = || match &self.log {
            Some(path) => std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_or(Stdio::null(), Stdio::from),
            None => Stdio::null(),
        };
        let kept = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?)));
        Command::new(&self.path)
            .env_clear()
            .envs(kept)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
