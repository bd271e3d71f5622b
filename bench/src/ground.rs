//! What everything stands on: one Postgres with a PgBouncer before it, and a database for each subject.
use std::path::{Path, PathBuf};
use std::time::Duration;

use payonce::db::{direct, migrate, release};
use payonce_tests::{Cluster, House, Servers, environment};
use tokio_postgres::Client;

use crate::certificate::Certificate;
use crate::process;

/// One server for all databases, so that every subject meets the same disk and the same settings.
pub(crate) struct Ground {
    servers: Servers,
    /// Where they are.
    pub(crate) cluster: Cluster,
    /// A superuser's session in no subject's database.
    pub(crate) admin: Client,
    /// For TLS.
    pub(crate) certificate: Certificate,
    /// Server and version, as the report names them.
    pub(crate) version: String,
    /// Of the server's own programs.
    pub(crate) programs: PathBuf,
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
    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Cpu => "cpu",
        }
    }
}

/// Settings of a small server, except that checkpoints and vacuums come between the rounds, where we ask for them.
const SETTINGS: [&str; 8] = [
    "fsync=on",
    "max_connections=300",
    "shared_buffers=2GB",
    "max_wal_size=64GB",
    "checkpoint_timeout=1d",
    "autovacuum=off",
    "jit=off",
    "ssl=on",
];

impl Ground {
    /// Starts both servers, in the folder of the servers of tests.
    pub(crate) async fn start() -> Result<Self, String> {
        let certificate =
            Certificate::write(&folder().join("certificate")).map_err(|error| error.to_string())?;
        let files = [
            format!("ssl_cert_file={}", certificate.cert.display()),
            format!("ssl_key_file={}", certificate.key.display()),
        ];
        let settings = SETTINGS.into_iter().chain(files.iter().map(String::as_str));
        let options: Vec<&str> = settings.flat_map(|setting| ["-c", setting]).collect();
        let servers = Servers::start_with("bench", 40, &options);
        let cluster = servers.cluster();
        let admin = cluster.admin("postgres").await;
        let sql = "select pg_backend_pid(), 'PostgreSQL ' || current_setting('server_version'),
            (select setting from pg_config where name = 'BINDIR')";
        let rows = admin.query_typed(sql, &[]).await.map_err(|error| error.to_string())?;
        let row = rows.first().ok_or("no row")?;
        let postmaster =
            process::parent(row.get::<_, i32>(0).unsigned_abs()).ok_or("no /proc: this runs on Linux")?;
        let (version, programs) = (row.get(1), PathBuf::from(row.get::<_, String>(2)));
        Ok(Self { servers, cluster, admin, certificate, version, programs, postmaster })
    }

    /// A database as a deploy leaves it, with what the seed of the benchmark needs; a superuser's session in it.
    pub(crate) async fn payonce(&self, name: &str) -> Result<Client, String> {
        self.run(&format!("create database {name} owner payonce_migration_login")).await?;
        let mut owner = direct(&self.cluster.direct_url("payonce_migration_login", name), None).await?;
        migrate::run(&mut owner, &House::identity(), payonce::db::Backup::NotNeeded)
            .await
            .map_err(|error| error.to_string())?;
        let admin = self.cluster.admin(name).await;
        for sql in [include_str!("../peers/payonce_seed.sql"), include_str!("../floor/writes.sql")] {
            run(&admin, sql).await?;
        }
        Ok(admin)
    }

    /// An empty database of a superuser's.
    pub(crate) async fn empty(&self, name: &str) -> Result<Client, String> {
        self.run(&format!("create database {name}")).await?;
        Ok(self.cluster.admin(name).await)
    }

    /// Turns the waiting for the disk on or off, for all sessions.
    pub(crate) async fn profile(&self, profile: Profile) -> Result<(), String> {
        let value = if profile == Profile::Disk { "on" } else { "off" };
        self.run(&format!("alter system set synchronous_commit = {value}")).await?;
        self.run("select pg_reload_conf()").await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
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

    /// As superuser, in no subject's database.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), String> {
        run(&self.admin, sql).await
    }

    /// `host:port` of Postgres.
    pub(crate) fn server(&self) -> String {
        format!("127.0.0.1:{}", self.servers.postgres)
    }
}

/// Several statements at once.
pub(crate) async fn run(client: &Client, sql: &str) -> Result<(), String> {
    let explain = |error: tokio_postgres::Error| {
        let start: String = sql.chars().take(80).collect();
        error.as_db_error().map_or_else(|| format!("{start}: {error}"), |said| format!("{start}: {said}"))
    };
    client.batch_execute(&release::sql(sql)).await.map_err(explain)
}

/// Where the servers' files are; the disk that is measured.
pub(crate) fn folder() -> PathBuf {
    Path::new(&environment("PAYONCE_TEST_SERVERS")).to_owned()
}
