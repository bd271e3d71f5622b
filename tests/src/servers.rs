//! Servers that a test may stop and restart: a Postgres and a PgBouncer of its own, by the scripts of the laptop stack.
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::{Cluster, environment};

/// A Postgres behind a PgBouncer, removed when dropped.
pub struct Servers {
    scripts: PathBuf,
    home: PathBuf,
    /// Port of Postgres.
    pub postgres: u16,
    /// Port of PgBouncer.
    pub pooler: u16,
}

impl Servers {
    /// Starts both; `pool` server connections a database and user.
    pub fn start(name: &str, pool: u16) -> Self {
        Self::start_with(name, pool, &[])
    }

    /// The same, with further options for Postgres (`["-c", "ssl=on"]`).
    pub fn start_with(name: &str, pool: u16, options: &[&str]) -> Self {
        let scripts = PathBuf::from(environment("PAYONCE_TEST_SCRIPTS"));
        let home =
            PathBuf::from(environment("PAYONCE_TEST_SERVERS")).join(format!("{name}-{}", std::process::id()));
        let servers = Self { scripts, home, postgres: free_port(), pooler: free_port() };
        let (postgres, pooler, pool) =
            (servers.postgres.to_string(), servers.pooler.to_string(), pool.to_string());
        let usual = ["start", &servers.dir(), &postgres, "-c", "fsync=off", "-c", "max_connections=100"];
        servers.script("postgres.sh", &[&usual, options].concat());
        servers.script("pgbouncer.sh", &["start", &servers.dir(), &pooler, &postgres, &pool]);
        servers
    }

    /// Where they are.
    pub fn cluster(&self) -> Cluster {
        Cluster { server: format!("127.0.0.1:{}", self.postgres), pool: format!("127.0.0.1:{}", self.pooler) }
    }

    /// Restarts Postgres: open transactions roll back, connections break.
    pub fn restart_postgres(&self) {
        self.script("postgres.sh", &["restart", &self.dir()]);
    }

    /// Stops Postgres; [`Servers::restart_postgres`] starts it again.
    pub fn stop_postgres(&self) {
        self.script("postgres.sh", &["stop", &self.dir()]);
    }

    /// Stops Postgres without a word, as a crash would, and starts it again when it was down so long.
    pub fn crash_postgres(&self, down: Duration) {
        self.script("postgres.sh", &["kill", &self.dir()]);
        std::thread::sleep(down);
        self.script("postgres.sh", &["restart", &self.dir()]);
    }

    /// Restarts PgBouncer: every client connection breaks.
    pub fn restart_pooler(&self) {
        self.script("pgbouncer.sh", &["restart", &self.dir()]);
    }

    fn dir(&self) -> String {
        self.home.display().to_string()
    }

    fn script(&self, name: &str, args: &[&str]) {
        let done = Command::new(self.scripts.join(name)).args(args).output().expect("the script runs");
        assert!(done.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for script in ["pgbouncer.sh", "postgres.sh"] {
            let _ = Command::new(self.scripts.join(script)).args(["remove", &self.dir()]).output();
        }
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
