//! The functions there are, and what each reads.
use std::cell::RefCell;
use std::collections::BTreeSet;

use super::{Finding, Settings, Visit};
use crate::config::{self, Source};
use crate::inbox::Provider;

/// A function, as far as its settings go. A new one is one more of these.
pub struct Function {
    /// `stripe-webhook`
    pub name: &'static str,
    /// The URL of its database: the first of these that is set.
    pub(super) urls: &'static [&'static str],
    /// Whose deliveries it verifies.
    pub(super) verifies: Option<Provider>,
    /// Does it ask providers for money, or give some back?
    pub(super) asks_providers: bool,
    read: fn(&mut Source<'_>) -> Option<()>,
}

/// How crons come to their database, and everybody else.
const CRON: &[&str] = &["DATABASE_CRON_URL", "DATABASE_URL"];
const REQUEST: &[&str] = &["DATABASE_URL"];

/// Every function of this release.
pub const FUNCTIONS: [Function; 8] = [
    Function {
        name: "stripe-webhook",
        urls: REQUEST,
        verifies: Some(Provider::Stripe),
        asks_providers: false,
        read: |source| config::Webhook::read(source, "STRIPE_WEBHOOK_SECRET").map(drop),
    },
    Function {
        name: "razorpay-webhook",
        urls: REQUEST,
        verifies: Some(Provider::Razorpay),
        asks_providers: false,
        read: |source| config::Webhook::read(source, "RAZORPAY_WEBHOOK_SECRET").map(drop),
    },
    Function {
        name: "webhook-retry",
        urls: CRON,
        verifies: None,
        asks_providers: false,
        read: |source| config::Webhook::read_retry(source).map(drop),
    },
    Function {
        name: "checkout",
        urls: REQUEST,
        verifies: None,
        asks_providers: true,
        read: |source| config::Checkout::read(source).map(drop),
    },
    Function {
        name: "receipt",
        urls: REQUEST,
        verifies: None,
        asks_providers: false,
        read: |source| config::Receipt::read(source).map(drop),
    },
    Function {
        name: "sweeper",
        urls: CRON,
        verifies: None,
        asks_providers: true,
        read: |source| config::Sweeper::read(source).map(drop),
    },
    Function {
        name: "rotate-secret",
        urls: &[],
        verifies: None,
        asks_providers: false,
        // It has nothing to do where nothing is kept in Secrets Manager; and starts with a wrong key, for other secrets.
        read: |source| match config::Keeping::read(source)? {
            Some(_) => {
                let rotation = config::Rotation::read(source);
                config::StripeKey::read(source);
                rotation.map(drop)
            }
            None => Some(()),
        },
    },
    Function {
        name: "migrate",
        urls: &["DATABASE_DIRECT_URL"],
        verifies: None,
        asks_providers: false,
        read: |source| config::Migrate::read(source).map(drop),
    },
];

/// A URL that is set, and the functions that go by it.
pub(super) struct Url {
    pub(super) name: &'static str,
    pub(super) of_crons: bool,
    pub(super) of_requests: bool,
    pub(super) of_migrations: bool,
}

/// What the functions would complain of at their start, each complaint once.
pub(super) fn complaints(visit: &Visit<'_>, settings: &Settings<'_>) -> Vec<Finding> {
    let mut complaints: Vec<(String, Vec<&str>)> = Vec::new();
    let mut content = Vec::new();
    for function in &visit.functions {
        let said = settings.read(function.read).err().unwrap_or_default();
        if said.is_empty() {
            content.push(function.name);
        }
        for one in said {
            match complaints.iter_mut().find(|(said, _)| *said == one) {
                Some((_, of)) => of.push(function.name),
                None => complaints.push((one, vec![function.name])),
            }
        }
    }
    let mut found: Vec<Finding> = complaints
        .into_iter()
        .map(|(says, of)| Finding::problem(of.join(", "), says, "the function does not start so"))
        .collect();
    if !content.is_empty() {
        found.push(Finding::ok(content.join(", "), "every setting is there and can be read"));
    }
    found
}

/// Every name that a function looks up.
pub(super) fn names(visit: &Visit<'_>, function: &Function) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        (visit.lookup)(name)
    };
    // What it complains of is told elsewhere.
    let _ = config::from(&lookup, function.read);
    names.into_inner()
}

/// The URLs by which the functions come to their databases, each once.
pub(super) fn urls(visit: &Visit<'_>, settings: &Settings<'_>) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::new();
    for function in &visit.functions {
        let Some(name) = function.urls.iter().copied().find(|name| settings.secret(name).is_some()) else {
            continue;
        };
        let at = urls.iter().position(|url| url.name == name).unwrap_or_else(|| {
            urls.push(Url { name, of_crons: false, of_requests: false, of_migrations: false });
            urls.len() - 1
        });
        if let Some(url) = urls.get_mut(at) {
            url.of_crons |= function.urls == CRON;
            url.of_requests |= function.urls == REQUEST;
            url.of_migrations |= function.name == "migrate";
        }
    }
    urls
}
