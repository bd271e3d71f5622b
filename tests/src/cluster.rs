//! Where a house stands: a Postgres, and the PgBouncer before it.
use payonce::db::direct;
use tokio_postgres::Client;

use crate::environment;

/// The addresses of a Postgres and of its PgBouncer, each `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Of Postgres.
    pub server: String,
    /// Of PgBouncer.
    pub pool: String,
}

impl Cluster {
    /// The one that all tests share, which none may stop.
    pub fn shared() -> Self {
        Self { server: environment("PAYONCE_TEST_SERVER"), pool: environment("PAYONCE_TEST_POOL") }
    }

    /// Past the pooler.
    pub fn direct_url(&self, login: &str, name: &str) -> String {
        url(login, &self.server, name)
    }

    /// Through the pooler.
    pub fn pooled_url(&self, login: &str, name: &str) -> String {
        url(login, &self.pool, name)
    }

    /// A superuser's connection to the database `name`.
    pub async fn admin(&self, name: &str) -> Client {
        direct(&self.direct_url("postgres", name), None).await.expect("the test server")
    }
}

fn url(login: &str, address: &str, name: &str) -> String {
    format!("postgres://{login}:{}@{address}/{name}?sslmode=disable", environment("LOCAL_DATABASE_PASSWORD"))
}

/// Past the pooler of the shared cluster.
pub fn direct_url(login: &str, name: &str) -> String {
    Cluster::shared().direct_url(login, name)
}

/// Through the pooler of the shared cluster.
pub fn pooled_url(login: &str, name: &str) -> String {
    Cluster::shared().pooled_url(login, name)
}
