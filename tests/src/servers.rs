//! Servers that a test may stop and restart: a Postgres and a PgBouncer of its own, by the scripts of the laptop stack.
use std::path::PathBuf;
use std::process::Command;

use crate::environment;

/// A Postgres behind a PgBouncer, stopped when dropped.
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
        let scripts = PathBuf::from(environment("PAYONCE_TEST_SCRIPTS"));
        let home = scripts.ancestors().nth(2).expect("the clone").join(".local/test").join(name);
        let servers = Self { scripts, home, postgres: free_port(), pooler: free_port() };
        servers.script(
            "postgres.sh",
            &[
                "start",
                &servers.dir("postgres"),
                &servers.postgres.to_string(),
                "-c",
                "fsync=off",
                "-c",
                "max_connections=100",
            ],
        );
        servers.script(
            "pgbouncer.sh",
            &[
                "start",
                &servers.dir("pgbouncer"),
                &servers.pooler.to_string(),
                &servers.postgres.to_string(),
                &pool.to_string(),
            ],
        );
        servers
    }

    /// Restarts Postgres: open transactions roll back, connections break.
    pub fn restart_postgres(&self) {
        self.script("postgres.sh", &["restart", &self.dir("postgres")]);
    }

    /// Stops Postgres without a word, as a crash would, and starts it again.
    pub fn crash_postgres(&self) {
        self.script("postgres.sh", &["kill", &self.dir("postgres")]);
        self.script("postgres.sh", &["restart", &self.dir("postgres")]);
    }

    /// Restarts PgBouncer: every client connection breaks.
    pub fn restart_pooler(&self) {
        self.script("pgbouncer.sh", &["restart", &self.dir("pgbouncer")]);
    }

    fn dir(&self, part: &str) -> String {
        self.home.join(part).display().to_string()
    }

    fn script(&self, name: &str, args: &[&str]) {
        let done = Command::new(self.scripts.join(name)).args(args).output().expect("the script runs");
        assert!(done.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.script("pgbouncer.sh", &["stop", &self.dir("pgbouncer")]);
        self.script("postgres.sh", &["stop", &self.dir("postgres")]);
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
