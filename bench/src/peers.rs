//! The peers of `bench/peers`: programs on public packages that do the same, each in a database of its own.
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::fleet::{Fleet, Program};
use crate::ground::{Ground, run};
use crate::subject::{Runs, Subject, Tables};
use crate::traffic::SECRET;

/// A peer as its `peer.json` describes it.
pub(crate) struct Peer {
    folder: PathBuf,
    /// Of its folder.
    pub(crate) name: String,
    /// What it is, in a line.
    pub(crate) what: String,
    /// What is to be known of it.
    pub(crate) note: String,
    /// `paid_order`, `mirror`.
    pub(crate) effect: String,
    about: Value,
    /// What it asks while it works; ended when dropped.
    beside: Option<Beside>,
}

/// A process that a peer asks, and how it finds it.
struct Beside {
    process: Child,
    port: u16,
}

impl Peer {
    /// Reads what it says of itself, and installs it.
    pub(crate) fn set_up(name: &str) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
        let explain = |error: &dyn std::fmt::Display| format!("{}: {error}", folder.display());
        let text = std::fs::read_to_string(folder.join("peer.json")).map_err(|error| explain(&error))?;
        let about: Value = serde_json::from_str(&text).map_err(|error| explain(&error))?;
        if folder.join("setup").exists() {
            let done = Command::new(folder.join("setup")).status().map_err(|error| explain(&error))?;
            if !done.success() {
                return Err(explain(&"setup failed"));
            }
        }
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        let (what, note, effect) = (text("what"), text("note"), text("effect"));
        Ok(Self { folder, name: name.to_owned(), what, note, effect, about, beside: None })
    }

    /// Does it stand on payonce's own tables?
    pub(crate) fn is_on_our_tables(&self) -> bool {
        self.about["schema"] == "payonce"
    }

    /// Its text `name`.
    pub(crate) fn read(&self, name: &str) -> Result<String, String> {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// A query that counts its effects, on tables of its own.
    pub(crate) fn effects(&self) -> Result<String, String> {
        self.read(&format!("../../effects/{}.sql", self.name))
    }

    /// It, on a database of its own.
    pub(crate) async fn subject(&mut self, ground: &Ground) -> Result<Subject, String> {
        let database = format!("peer_{}", self.name.replace('-', "_"));
        let (admin, url, tables) = if self.is_on_our_tables() {
            let url = ground.cluster.direct_url("payonce_request_login", &database);
            (ground.payonce(&database).await?, url, Tables::Payonce)
        } else {
            let admin = self.own_database(ground, &database).await?;
            (admin, ground.cluster.direct_url("postgres", &database), Tables::Own(self.effects()?))
        };
        let runs = Runs::Functions(Fleet::new(self.program(&url)?));
        Ok(Subject { name: self.name.clone(), admin, runs, tables, told: Vec::new(), next: 1 })
    }

    /// Its database, made as it asks for it.
    pub(crate) async fn own_database(
        &self,
        ground: &Ground,
        database: &str,
    ) -> Result<tokio_postgres::Client, String> {
        let admin = ground.empty(database).await?;
        for name in self.about["sql"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            run(&admin, &self.read(name)?).await?;
        }
        let prepare = self.folder.join("prepare");
        if prepare.exists() {
            let done = Command::new(&prepare)
                .env("DATABASE_URL", ground.cluster.direct_url("postgres", database))
                .env("STRIPE_WEBHOOK_SECRET", SECRET)
                .output()
                .map_err(|error| format!("{}: {error}", prepare.display()))?;
            if !done.status.success() {
                return Err(format!("{}: {}", prepare.display(), String::from_utf8_lossy(&done.stderr)));
            }
        }
        Ok(admin)
    }

    /// How an instance of it is started on the database `url`.
    pub(crate) fn program(&mut self, url: &str) -> Result<Program, String> {
        let mut settings =
            vec![("DATABASE_URL", url.to_owned()), ("STRIPE_WEBHOOK_SECRET", SECRET.to_owned())];
        if self.about["beside"].is_string() {
            settings.push(("STRIPE_API_PORT", self.beside()?.to_string()));
        }
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(Program::of(&self.folder.join("run"), &settings))
    }

    fn beside(&mut self) -> Result<u16, String> {
        if let Some(beside) = &self.beside {
            return Ok(beside.port);
        }
        let program = self.folder.join(self.about["beside"].as_str().unwrap_or_default());
        let explain = |error: std::io::Error| format!("{}: {error}", program.display());
        let free = std::net::TcpListener::bind("127.0.0.1:0").map_err(explain)?;
        let port = free.local_addr().map_err(explain)?.port();
        drop(free);
        let process = Command::new(&program)
            .env("STRIPE_API_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(explain)?;
        self.beside = Some(Beside { process, port });
        Ok(port)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
