//! How a connection is made: timeouts, keep-alive, TLS.
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, PoolBuilder, RecyclingMethod};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Param;
use crate::config::{Database, Stack};

/// A database that does not take the connection within this is as good as down: leaves time to answer 503 within 2 s.
const CONNECT_WITHIN: Duration = Duration::from_millis(1_800);
/// Bytes unacknowledged for so long mean a dead peer: a socket that died while the instance was frozen is found so.
const PEER_ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// See [`super::Db::new`].
pub(super) fn pool(url: &str, ca_file: Option<&str>, size: usize) -> Result<Pool, String> {
    builder(url, ca_file, size)?.build().map_err(|error| error.to_string())
}

fn builder(url: &str, ca_file: Option<&str>, size: usize) -> Result<PoolBuilder, String> {
    let config = parse(url)?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match config.get_ssl_mode() {
        SslMode::Disable => Manager::from_config(config, NoTls, recycling),
        _ => Manager::from_config(config, tls(ca_file)?, recycling),
    };
    Ok(Pool::builder(manager).max_size(size))
}

/// See [`super::Db::of`]. Asked once a connection: a round trip at a cold start, and none afterwards.
pub(super) fn pool_of(database: &Database) -> Result<Pool, String> {
    let Stack { app_id, stage } = database.stack.clone();
    let is_ours = Hook::async_fn(move |client, _| {
        let (app_id, stage) = (app_id.clone(), stage.clone());
        Box::pin(async move {
            let params: [Param<'_>; 2] = [(&app_id, Type::TEXT), (&stage, Type::TEXT)];
            let rows = client.query_typed(include_str!("is_ours.sql"), &params).await;
            let rows = rows.map_err(HookError::Backend)?;
            let owner: Option<String> = rows.first().and_then(|row| row.get("owner"));
            owner.map_or(Ok(()), |owner| {
                let why = format!("this is the database of {owner}, and we are {app_id}/{stage}");
                Err(HookError::message(why))
            })
        })
    });
    let pool = builder(&database.url, database.ca_file.as_deref(), database.pool_max)?;
    pool.post_create(is_ours).build().map_err(|error| error.to_string())
}

/// One connection outside any pool, for migrations and operators; it lives as long as its client.
pub async fn direct(url: &str, ca_file: Option<&str>) -> Result<Client, String> {
    connect(&parse(url)?, ca_file).await?.map_err(|error| explain(&error))
}

/// The same to the database `name` of that server, which a pooler may have and a Postgres has not; else the SQLSTATE with
/// which it was refused, where anybody answered.
pub(crate) async fn beside(url: &str, name: &str, ca_file: Option<&str>) -> Result<Client, Option<SqlState>> {
    let mut config = parse(url).map_err(|_| None)?;
    let connected = connect(config.dbname(name), ca_file).await.map_err(|_| None)?;
    connected.map_err(|error| error.code().cloned())
}

/// The outer error: what is wrong with the CA file.
async fn connect(
    config: &Config,
    ca_file: Option<&str>,
) -> Result<Result<Client, tokio_postgres::Error>, String> {
    if config.get_ssl_mode() == SslMode::Disable {
        return Ok(config.connect(NoTls).await.map(|(client, connection)| {
            tokio::spawn(connection);
            client
        }));
    }
    Ok(config.connect(tls(ca_file)?).await.map(|(client, connection)| {
        tokio::spawn(connection);
        client
    }))
}

fn parse(url: &str) -> Result<Config, String> {
    // The parser's own message may quote the URL, and the URL holds the password.
    let mut config: Config =
        url.parse().map_err(|_| "not a Postgres URL (postgres://user:password@host:port/database)")?;
    // `prefer` would take a cleartext connection from whoever answers first, and give it the password.
    if config.get_ssl_mode() != SslMode::Disable {
        config.ssl_mode(SslMode::Require);
    }
    config.connect_timeout(CONNECT_WITHIN).tcp_user_timeout(PEER_ANSWERS_WITHIN).application_name("payonce");
    Ok(config)
}

/// TLS by rustls with ring, unless the URL says `sslmode=disable`. The server's certificate is always verified: against the public roots, and against
/// `ca_file` (PEM) where the database has a CA of its own, as RDS does.
fn tls(ca_file: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let unusable = |error| format!("CA file {path}: {error}");
        for certificate in CertificateDer::pem_file_iter(path).map_err(unusable)? {
            roots.add(certificate.map_err(unusable)?).map_err(|error| format!("CA file {path}: {error}"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The database's own words where it said something, else the chain of causes.
pub(crate) fn explain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
