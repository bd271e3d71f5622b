//! What everything stands on: one Postgres with a PgBouncer before it, and a database for each subject.
use std::time::Duration;

use payonce::db::{direct, migrate};
use payonce_tests::{Cluster, House, Servers};
use tokio_postgres::Client;

use crate::process;

/// One server for all databases, so that every subject meets the same disk and the same settings.
pub(crate) struct Ground {
    servers: Servers,
    /// Where they are.
    pub(crate) cluster: Cluster,
    /// A superuser's session in no subject's database.
    pub(crate) admin: Client,
    postmaster: u32,
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Profile {
    /// It does, as in production.
    Disk,
    /// `synchronous_commit = off`: what remains is what it costs to compute.
    Cpu,
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Cpu => "cpu",
        }
    }
}

impl Ground {
    /// Starts both servers: settings as a server of this size has them, the checkpoints and vacuums where we ask for them.
    pub(crate) async fn start(options: &[&str]) -> Result<Self, String> {
        let usual = [
            "fsync=on",
            "max_connections=300",
            "shared_buffers=1GB",
            "max_wal_size=16GB",
            "checkpoint_timeout=1d",
            "autovacuum=off",
            "jit=off",
            "track_io_timing=off",
        ];
        let options: Vec<&str> = usual.iter().chain(options).flat_map(|option| ["-c", option]).collect();
        let servers = Servers::start_with("bench", 40, &options);
        let cluster = servers.cluster();
        let admin = cluster.admin("postgres").await;
        let rows = admin.query_typed("select pg_backend_pid()", &[]).await.map_err(|error| error.to_string())?;
        let backend: i32 = rows.first().ok_or("no row")?.get(0);
        let postmaster = process::parent(backend.unsigned_abs()).ok_or("no /proc: this runs on Linux")?;
        Ok(Self { servers, cluster, admin, postmaster })
    }

    /// A database as a deploy leaves it, with a shelf; a session of a superuser in it.
    pub(crate) async fn payonce(&self, name: &str) -> Result<Client, String> {
        self.run(&format!("create database {name} owner payonce_migration_login")).await?;
        let mut owner = direct(&self.cluster.direct_url("payonce_migration_login", name), None).await?;
        migrate::run(&mut owner, &House::identity()).await.map_err(|error| error.to_string())?;
        let admin = self.cluster.admin(name).await;
        admin.batch_execute(include_str!("../sql/shelf.sql")).await.map_err(|error| error.to_string())?;
        Ok(admin)
    }

    /// Turns the waiting for the disk on or off, for all sessions.
    pub(crate) async fn profile(&self, profile: Profile) -> Result<(), String> {
        let value = if profile == Profile::Disk { "on" } else { "off" };
        self.run(&format!("alter system set synchronous_commit = {value}")).await?;
        self.run("select pg_reload_conf()").await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(())
    }

    /// CPU time of the whole server so far.
    pub(crate) fn cpu(&self) -> Duration {
        process::cpu(&[self.postmaster])
    }

    /// Bytes of WAL so far.
    pub(crate) async fn wal(&self) -> Result<i64, String> {
        let sql = "select (pg_current_wal_insert_lsn() - '0/0')::bigint";
        let rows = self.admin.query_typed(sql, &[]).await.map_err(|error| error.to_string())?;
        Ok(rows.first().ok_or("no row")?.get(0))
    }

    /// As superuser.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), String> {
        self.admin.batch_execute(sql).await.map_err(|error| format!("{sql}: {error}"))
    }

    /// Port of Postgres.
    pub(crate) fn port(&self) -> u16 {
        self.servers.postgres
    }
}
