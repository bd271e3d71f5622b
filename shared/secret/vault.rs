//! Asks for what is kept in Secrets Manager.
use std::time::Duration;

use tokio::time::timeout;

use super::held::Held;
use crate::config::{Keeping, Kept};

#[cfg(feature = "secrets-manager")]
use super::manager::Manager;

/// All of them together; leaves time to answer a provider.
const FETCH_WITHIN: Duration = Duration::from_millis(2_000);

/// Secrets Manager, and what of it is ours to read.
pub struct Vault {
    keeping: Keeping,
    #[cfg(feature = "secrets-manager")]
    manager: Manager,
}

impl Vault {
    /// Asks nobody yet. An error where this build has no client for it.
    pub fn new(keeping: Keeping) -> Result<Self, String> {
        #[cfg(feature = "secrets-manager")]
        return Ok(Self { manager: Manager::new(&keeping.aws)?, keeping });
        #[cfg(not(feature = "secrets-manager"))]
        Err(format!(
            "this build reads no Secrets Manager: set {} themselves, or build with the feature secrets-manager",
            keeping.kept.iter().map(|kept| kept.name).collect::<Vec<_>>().join(", ")
        ))
    }

    /// How long what was fetched is believed.
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// What is kept now under the names that `wanted` takes, side by side. All of it, or an error that quotes none.
    pub async fn fetch(&self, wanted: impl Fn(&Kept) -> bool) -> Result<Held, String> {
        let kept = self.keeping.kept.iter().filter(|kept| wanted(kept)).cloned();
        let fetched = timeout(FETCH_WITHIN, self.all(kept)).await;
        fetched.unwrap_or_else(|_| Err("no answer from Secrets Manager in time".into()))
    }

    #[cfg(feature = "secrets-manager")]
    async fn all(&self, kept: impl Iterator<Item = Kept>) -> Result<Held, String> {
        let mut asked = tokio::task::JoinSet::new();
        for Kept { name, id, only_current } in kept {
            let manager = self.manager.clone();
            asked.spawn(async move {
                let versions =
                    if only_current { manager.current(&id).await } else { manager.versions(&id).await };
                versions.map(|versions| (name, versions)).map_err(|why| format!("{name}: {why}"))
            });
        }
        let mut held = Held::default();
        while let Some(answer) = asked.join_next().await {
            let (name, versions) = answer.map_err(|error| error.to_string())??;
            held = held.with(name, versions, self.keeping.overlap_of(name));
        }
        Ok(held)
    }

    #[cfg(not(feature = "secrets-manager"))]
    #[expect(clippy::unused_async, reason = "as its twin is called")]
    async fn all(&self, _: impl Iterator<Item = Kept>) -> Result<Held, String> {
        Ok(Held::default())
    }
}
