//! The database: one small pool, one deadline over every wait, one way to call.
//!
//! Only unnamed statements (`query_typed`): behind a transaction pooler a named one may meet another server connection.
//! No session state. A statement is one round trip and, outside a transaction, one commit.
mod backup;
mod connect;
pub mod migrate;
pub mod release;

use std::time::Duration;

use deadpool_postgres::{HookError, Object, Pool, PoolError};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::{ToSql, Type};

use crate::config::Database;

pub use backup::Backup;
pub use connect::direct;
pub(crate) use connect::{beside, explain};

/// The whole answer to a provider, every wait in it included. Razorpay gives up at 5 s; role settings, PgBouncer and
/// the platform's own time stay below the rest.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(3_500);

/// A parameter and its type: named at the call, so that the server is never asked.
pub type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// A pool of connections; one is enough for a function instance, which handles one request at a time.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
}

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer before the deadline. A call that was under way may still commit: its outcome is unknown.
    #[error("no answer from the database before the deadline")]
    Deadline,
    /// The database does not take our login: its password may have been changed.
    #[error("the database refused the login: {0}")]
    LoginRefused(String),
    /// Another stack's: never ours to touch.
    #[error("{0}")]
    OfAnotherStack(String),
    /// No connection to be had.
    #[error("no connection to the database: {0}")]
    Unreachable(String),
    /// The database answered with an error, or the connection broke under the call.
    #[error("{}", connect::explain(.0))]
    Call(#[from] tokio_postgres::Error),
}

impl Db {
    /// A pool on `url`, of at most `size` connections, opened when first needed. The only error: an unusable URL or CA file.
    pub fn new(url: &str, ca_file: Option<&str>, size: usize) -> Result<Self, String> {
        Ok(Self { pool: connect::pool(url, ca_file, size)? })
    }

    /// The same, for a database that has to be of the stack that `config` names: no connection to another one is used.
    pub fn of(config: &Database) -> Result<Self, String> {
        Ok(Self { pool: connect::pool_of(config)? })
    }

    /// Opens a connection before the first request needs it; a failure is left to that request.
    pub async fn warm(&self) {
        let _ = self.connection(Instant::now() + ANSWER_WITHIN).await;
    }

    /// Runs one statement in one round trip. What broke in passing (a socket that died while the instance was frozen, a
    /// server restart, a deadlock) is tried once more: every statement of ours is safe to repeat, the claim sees to it.
    pub async fn query(&self, deadline: Instant, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Error> {
        match self.query_once(deadline, sql, params).await {
            Err(Error::Call(error)) if is_passing(&error) => self.query_once(deadline, sql, params).await,
            answer => answer,
        }
    }

    /// The same without the second try, for what must not happen twice, such as taking a lease.
    pub async fn query_once(
        &self,
        deadline: Instant,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Error> {
        let connection = self.connection(deadline).await?;
        match timeout_at(deadline, connection.query_typed(sql, params)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                if connection.is_closed() || is_the_end(&error) {
                    drop(Object::take(connection));
                }
                Err(error.into())
            }
            // Still busy with a call nobody waits for: not for the next request.
            Err(_) => {
                drop(Object::take(connection));
                Err(Error::Deadline)
            }
        }
    }

    async fn connection(&self, deadline: Instant) -> Result<Object, Error> {
        match timeout_at(deadline, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) if is_login_refused(&error) => {
                Err(Error::LoginRefused(connect::explain(&error)))
            }
            Ok(Err(PoolError::Backend(error))) => Err(Error::Unreachable(connect::explain(&error))),
            Ok(Err(PoolError::PostCreateHook(HookError::Message(why)))) => {
                Err(Error::OfAnotherStack(why.into_owned()))
            }
            Ok(Err(PoolError::PostCreateHook(HookError::Backend(error)))) => Err(Error::Call(error)),
            Ok(Err(error)) => Err(Error::Unreachable(error.to_string())),
            Err(_) => Err(Error::Deadline),
        }
    }
}

/// 28P01 and 28000 say so; 08P01 is how a pooler says that the server did.
fn is_login_refused(error: &tokio_postgres::Error) -> bool {
    let refused = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::PROTOCOL_VIOLATION,
    ];
    error.code().is_some_and(|code| refused.contains(code))
}

/// Is the connection over with this error? It says so before it closes, and must not be picked up again in between.
fn is_the_end(error: &tokio_postgres::Error) -> bool {
    let Some(refusal) = error.as_db_error() else { return true };
    // A pooler may send only the severity that is meant for people.
    matches!(refusal.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || ["FATAL", "PANIC"].contains(&refusal.severity())
}

/// Gone, or a victim of a deadlock: the same call may well succeed on another connection.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => true,
        Some(code) => [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
        ]
        .contains(code),
    }
}
