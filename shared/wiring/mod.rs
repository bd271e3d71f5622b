//! A function's parts, put together from its configuration; and put together anew when a secret that it reads has changed.
//!
//! Secrets are asked for when the function starts, beside the database connection, and again when they have grown old. An
//! answer that an outdated secret may be to blame for is given only after they were looked at again: so a rotation refuses
//! nobody, and a flood of forgeries costs one look every few seconds.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::config::{self, Database, Keeping, Source};
use crate::db::Db;
use crate::failure::Failure;
use crate::secret::held::Held;
use crate::secret::vault::Vault;

/// Between two looks at Secrets Manager, whoever asks for them.
pub const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(3);

/// Codes of failures for which a secret of ours that was changed elsewhere may be the reason.
const MAY_BE_OUTDATED: [&str; 6] = [
    "database_login_refused",
    "not_found",
    "provider_refused",
    "secret_missing",
    "service_token_invalid",
    "signature_mismatch",
];

/// Why a function does not start: every reason at once, no value among them.
type Unfit = Box<dyn std::error::Error + Send + Sync>;

/// A function of parts `T`, wired from a configuration `C`.
pub struct Wiring<C, T> {
    urls: &'static [&'static str],
    read: fn(&mut Source<'_>) -> Option<C>,
    wire: fn(C, Db) -> Result<T, String>,
    vault: Option<Vault>,
    state: Mutex<State<T>>,
}

struct State<T> {
    parts: Arc<T>,
    database: Database,
    db: Db,
    held: Held,
    fetched_at: SystemTime,
    tried_at: SystemTime,
}

/// What Secrets Manager holds of what this process reads; nothing where nothing is kept there.
pub async fn held() -> Result<Held, Unfit> {
    Ok(match vault()? {
        Some(vault) => vault.fetch(|_| true).await?,
        None => Held::default(),
    })
}

fn vault() -> Result<Option<Vault>, Unfit> {
    Ok(config::from_env(Keeping::read)?.map(Vault::new).transpose()?)
}

impl<C, T> Wiring<C, T> {
    /// Reads the configuration, the database's URL first (the first of `urls` that is there), so that its connection and
    /// the other secrets are waited for together; then puts the parts together.
    pub async fn open(
        now: SystemTime,
        urls: &'static [&'static str],
        read: fn(&mut Source<'_>) -> Option<C>,
        wire: fn(C, Db) -> Result<T, String>,
    ) -> Result<Self, Unfit> {
        let vault = vault()?;
        let mut held = match &vault {
            Some(vault) => vault.fetch(|kept| urls.contains(&kept.name)).await?,
            None => Held::default(),
        };
        let database = config::from_env_and(&held, |source| source.database(urls))?;
        let db = Db::of(&database)?;
        if let Some(vault) = &vault {
            let (rest, ()) = tokio::join!(vault.fetch(|kept| !urls.contains(&kept.name)), db.warm());
            held = held.and(rest?);
        } else {
            db.warm().await;
        }
        let parts = Arc::new(wire(config::from_env_and(&held, read)?, db.clone())?);
        let state = State { parts, database, db, held, fetched_at: now, tried_at: now };
        Ok(Self { urls, read, wire, vault, state: Mutex::new(state) })
    }

    /// Works with the parts as they are, and once more with newer ones where there are any and they may help: `code` tells
    /// how the work failed, if it did.
    pub async fn with<R>(
        &self,
        now: SystemTime,
        work: impl AsyncFn(&T) -> R,
        code: impl Fn(&R) -> Option<&'static str>,
    ) -> Result<R, Failure> {
        let parts = self.current(now).await?;
        let done = work(&parts).await;
        if !code(&done).is_some_and(|code| MAY_BE_OUTDATED.contains(&code)) {
            return Ok(done);
        }
        match self.newer(&parts, now).await {
            Some(newer) => Ok(work(&newer).await),
            None => Ok(done),
        }
    }

    /// The parts, of secrets that are not older than they may be.
    async fn current(&self, now: SystemTime) -> Result<Arc<T>, Failure> {
        let Some(vault) = &self.vault else { return Ok(self.parts()) };
        let keeping = vault.keeping();
        if self.is_past(now, |state| state.fetched_at, keeping.ttl) {
            self.look(vault, now).await;
        }
        if self.is_past(now, |state| state.fetched_at, keeping.ttl + keeping.stale) {
            let detail = "Secrets Manager has not answered for too long".into();
            return Err(Failure::House { code: "secrets_unavailable", detail });
        }
        Ok(self.parts())
    }

    /// Other parts than `used`, if a look at Secrets Manager shows that some secret has changed.
    async fn newer(&self, used: &Arc<T>, now: SystemTime) -> Option<Arc<T>> {
        self.look(self.vault.as_ref()?, now).await;
        Some(self.parts()).filter(|parts| !Arc::ptr_eq(parts, used))
    }

    /// Looks, unless somebody just did. What cannot be read or used is said, and what there is stays.
    async fn look(&self, vault: &Vault, now: SystemTime) {
        if !self.is_past(now, |state| state.tried_at, LOOK_AGAIN_AFTER) {
            return;
        }
        self.state(|state| state.tried_at = now);
        let looked = match vault.fetch(|_| true).await {
            Ok(held) => self.take(held, now).map_err(|why| why.to_string()),
            Err(why) => Err(why),
        };
        if let Err(detail) = looked {
            tracing::error!(alarm = "secrets_not_refreshed", detail);
        }
    }

    /// Puts the parts together anew where a secret has changed; the connection stays where its URL has not. What cannot be
    /// used leaves the old parts as old as they are: they serve no longer than if nothing had come.
    fn take(&self, held: Held, now: SystemTime) -> Result<(), Unfit> {
        let (unchanged, old, db) =
            self.state(|state| (state.held == held, state.database.clone(), state.db.clone()));
        if unchanged {
            self.state(|state| state.fetched_at = now);
            return Ok(());
        }
        let database = config::from_env_and(&held, |source| source.database(self.urls))?;
        let db = if database == old { db } else { Db::of(&database)? };
        let parts = Arc::new((self.wire)(config::from_env_and(&held, self.read)?, db.clone())?);
        tracing::info!(secrets = ?held, "secrets have changed");
        self.state(|state| *state = State { parts, database, db, held, fetched_at: now, tried_at: now });
        Ok(())
    }

    fn parts(&self) -> Arc<T> {
        self.state(|state| state.parts.clone())
    }

    /// A clock that was set back says nothing about how long it has been.
    fn is_past(&self, now: SystemTime, since: impl Fn(&State<T>) -> SystemTime, limit: Duration) -> bool {
        self.state(|state| now.duration_since(since(state)).map_or(true, |passed| passed >= limit))
    }

    fn state<R>(&self, work: impl FnOnce(&mut State<T>) -> R) -> R {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
