//! What `migrate` reads, the function and the command alike.
use super::Source;
use crate::db::migrate::Identity;

/// Configuration of the migration runner.
pub struct Migrate {
    /// `DATABASE_DIRECT_URL`: past the pooler, for DDL and its locks.
    pub url: String,
    /// `DATABASE_CA_FILE`.
    pub ca_file: Option<String>,
    /// `APP_ID` and `STAGE`; not local, unless its caller says so.
    pub identity: Identity,
}

impl Migrate {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let url = source.required("DATABASE_DIRECT_URL");
        let stack = source.stack();
        let identity = Identity { app_id: stack.app_id, stage: stack.stage, local: false };
        Some(Self { url: url?, ca_file: source.optional("DATABASE_CA_FILE"), identity })
    }
}
