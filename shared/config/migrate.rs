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
    /// `LIVEMODE`, default false: is the money in it real? Then it is changed only where a backup is.
    pub livemode: bool,
}

impl Migrate {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let url = source.required_secret("DATABASE_DIRECT_URL");
        let livemode = source.parsed("LIVEMODE", false);
        let stack = source.stack();
        // It becomes part of role names, unquoted.
        let is_a_name = |text: &str| {
            text.starts_with(|letter: char| letter.is_ascii_lowercase())
                && text.len() <= 30
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !is_a_name(&stack.app_id) {
            source.complaints.push("APP_ID: small letters, digits and _, at most 30, a letter first".into());
            return None;
        }
        let identity = Identity { app_id: stack.app_id, stage: stack.stage, local: false };
        let ca_file = source.optional("DATABASE_CA_FILE");
        Some(Self { url: url?, ca_file, identity, livemode: livemode? })
    }
}
