//! What can go wrong between us and a provider, as a test plans it.
use std::sync::Mutex;
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes effect and answers, but only after so long: also when the caller has gone by then.
    Delay(Duration),
    /// Answers with this status; nothing happens.
    FailBefore(u16),
    /// Takes effect, then answers with this status.
    FailAfter(u16),
    /// The connection is closed; nothing happens.
    DropBefore,
    /// Takes effect, then closes the connection without an answer.
    DropAfter,
    /// Takes effect at once, answers after so long.
    SlowAfter(Duration),
}

/// The faults to come.
#[derive(Default)]
pub(super) struct Faults(Mutex<Vec<Planned>>);

struct Planned {
    times: usize,
    prefix: String,
    fault: Fault,
}

impl Faults {
    /// For the next so many calls whose `/v1/path` or `POST /v1/path` begins so. Those planned first come first.
    pub(super) fn plan(&self, times: usize, prefix: &str, fault: Fault) {
        self.planned().push(Planned { times, prefix: prefix.to_owned(), fault });
    }

    /// The fault of this call, if one is due.
    pub(super) fn due(&self, method: &str, path: &str) -> Option<Fault> {
        let call = format!("{method} {path}");
        let mut planned = self.planned();
        let due = planned
            .iter_mut()
            .find(|one| one.times > 0 && (path.starts_with(&one.prefix) || call.starts_with(&one.prefix)))?;
        due.times -= 1;
        Some(due.fault)
    }

    pub(super) fn forget(&self) {
        self.planned().clear();
    }

    fn planned(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.0.lock().expect("no panic holds it")
    }
}
