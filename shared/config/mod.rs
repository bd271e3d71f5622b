//! Configuration: the only place that reads the environment. Each reader takes only its own names and reports every
//! missing or unusable one at once, by name, never by value.
mod checkout;
mod gateway;
mod keeping;
mod migrate;
mod receipt;
mod rotation;
mod sweeper;
mod webhook;

use std::fmt::Display;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::secret::Ring;
use crate::secret::held::{Held, Replaced};

pub use checkout::Checkout;
pub use gateway::{Gateway, PaymentsMode, RazorpayKey, StripeKey, unusable_key};
pub use keeping::{Aws, Keeping, Kept, SECRETS};
pub use migrate::Migrate;
pub use receipt::{Receipt, Seller};
pub use rotation::Rotation;
pub use sweeper::Sweeper;
pub use webhook::{Expected, Retry, Webhook};

/// Names missing or unusable: the start ends with all of them.
#[derive(Debug, thiserror::Error)]
#[error("unusable configuration: {}", .0.join("; "))]
pub struct Unusable(pub Vec<String>);

/// Where values come from: the process environment, or a table in a test.
pub struct Source<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    held: &'a Held,
    complaints: Vec<String>,
}

/// Who this is: answered by `GET /v1/meta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// `APP_ID`, default `payonce`.
    pub app_id: String,
    /// `STAGE`, default `local`.
    pub stage: String,
}

/// How the database is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// `DATABASE_URL`: pooled, for the runtime roles.
    pub url: String,
    /// `DATABASE_CA_FILE`: PEM, when the database has a CA of its own.
    pub ca_file: Option<String>,
    /// `DATABASE_POOL_MAX`, 1 to 10, default 3; a function instance opens as many as it uses at once, which is one.
    pub pool_max: usize,
    /// Whose it has to be.
    pub stack: Stack,
}

/// Reads the process environment by `read`; nothing is kept elsewhere.
pub fn from_env<T>(read: impl FnOnce(&mut Source<'_>) -> Option<T>) -> Result<T, Unusable> {
    from_env_and(&Held::default(), read)
}

/// The same, and what is kept in Secrets Manager from `held`.
pub fn from_env_and<T>(held: &Held, read: impl FnOnce(&mut Source<'_>) -> Option<T>) -> Result<T, Unusable> {
    from_both(&|name| std::env::var(name).ok(), held, read)
}

/// Reads any source by `read`, which gives `None` where it could not complete what it reads.
pub fn from<T>(
    lookup: &dyn Fn(&str) -> Option<String>,
    read: impl FnOnce(&mut Source<'_>) -> Option<T>,
) -> Result<T, Unusable> {
    from_both(lookup, &Held::default(), read)
}

/// The same, and what is kept in Secrets Manager from `held`.
pub fn from_both<T>(
    lookup: &dyn Fn(&str) -> Option<String>,
    held: &Held,
    read: impl FnOnce(&mut Source<'_>) -> Option<T>,
) -> Result<T, Unusable> {
    let mut source = Source { lookup, held, complaints: Vec::new() };
    match read(&mut source) {
        Some(value) if source.complaints.is_empty() => Ok(value),
        _ => Err(Unusable(source.complaints)),
    }
}

impl Source<'_> {
    /// The value, if it is there and not blank.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// The secret, from the environment or as Secrets Manager keeps it.
    pub fn secret(&mut self, name: &str) -> Option<String> {
        if !self.is_kept(name) {
            return self.optional(name);
        }
        self.held.current(name).filter(|value| !value.trim().is_empty())
    }

    /// The secret; a complaint when it is missing.
    pub fn required_secret(&mut self, name: &str) -> Option<String> {
        let value = self.secret(name);
        if value.is_none() && self.is_kept(name) {
            self.complaints.push(format!("{name}: its secret in Secrets Manager has no value"));
        } else if value.is_none() {
            self.complaints.push(format!("{name} is missing"));
        }
        value
    }

    /// Does Secrets Manager keep it? Only what was fetched can be read.
    fn is_kept(&mut self, name: &str) -> bool {
        let kept = self.optional(&keeping::secret_id(name)).is_some();
        if kept && self.held.ring(name).is_none() {
            self.complaints.push(format!("{name} is kept in Secrets Manager, which was not asked"));
        }
        kept
    }

    /// The value; a complaint when it is missing.
    pub fn required(&mut self, name: &str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.complaints.push(format!("{name} is missing"));
        }
        value
    }

    /// The value read as `T`, or `default` when it is missing; a complaint when it is not one.
    pub fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> Option<T>
    where
        T::Err: Display,
    {
        let Some(text) = self.optional(name) else { return Some(default) };
        match text.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.complaints.push(format!("{name}: {error}"));
                None
            }
        }
    }

    /// The value, which must lie within `range`.
    pub fn within<T: FromStr + PartialOrd + Display>(
        &mut self,
        name: &str,
        default: T,
        range: std::ops::RangeInclusive<T>,
    ) -> Option<T>
    where
        T::Err: Display,
    {
        let value = self.parsed(name, default)?;
        if !range.contains(&value) {
            self.complaints.push(format!("{name} must be {} to {}", range.start(), range.end()));
            return None;
        }
        Some(value)
    }

    /// As Secrets Manager keeps it; else `NAME`, and during a rotation `NAME_PREVIOUS` until the unix time `NAME_PREVIOUS_UNTIL`. Missing or blank: empty.
    pub fn ring(&mut self, name: &str) -> Ring {
        if self.is_kept(name) {
            return self.held.ring(name).cloned().unwrap_or_default();
        }
        let current = self.optional(name).map(|value| ("current", value));
        let ring = Ring::new(current);
        let Some(previous) = self.optional(&format!("{name}_PREVIOUS")) else { return ring };
        let until_name = format!("{name}_PREVIOUS_UNTIL");
        if self.required(&until_name).is_none() {
            return ring;
        }
        match self.parsed(&until_name, 0_u32) {
            Some(until) => {
                ring.with_previous(previous, SystemTime::UNIX_EPOCH + Duration::from_secs(until.into()))
            }
            None => ring,
        }
    }

    /// The id that is kept with the key `name`, where Secrets Manager keeps it.
    pub fn key_id(&mut self, name: &str) -> Option<String> {
        if self.is_kept(name) { self.held.key_id(name).map(str::to_owned) } else { None }
    }

    /// The webhook endpoint whose place that of the secret `name` took, where Secrets Manager keeps it.
    pub fn replaced(&mut self, name: &str) -> Option<Replaced> {
        if self.is_kept(name) { self.held.replaced(name).cloned() } else { None }
    }

    /// See [`Stack`].
    pub fn stack(&self) -> Stack {
        Stack {
            app_id: self.optional("APP_ID").unwrap_or_else(|| "payonce".into()),
            stage: self.optional("STAGE").unwrap_or_else(|| "local".into()),
        }
    }

    /// See [`Database`]. `names` in the order they are tried.
    pub fn database(&mut self, names: &[&str]) -> Option<Database> {
        let url = names.iter().find_map(|name| self.secret(name));
        if url.is_none() {
            self.complaints.push(format!("{} is missing", names.join(" or ")));
        }
        let pool_max = self.within("DATABASE_POOL_MAX", 3, 1..=10);
        Some(Database {
            url: url?.trim().to_owned(),
            ca_file: self.optional("DATABASE_CA_FILE"),
            pool_max: pool_max?,
            stack: self.stack(),
        })
    }
}

#[cfg(test)]
mod tests;
