//! Secrets: can they be read where they are kept, do they look like what they are, is each one's own?
use std::collections::BTreeSet;

use super::{Finding, Settings, Visit, functions};
use crate::config::{self, Keeping, SECRETS};
use crate::inbox::Provider;
use crate::secret::Stage;
use crate::secret::held::Held;
use crate::secret::vault::Vault;

/// The secrets that the visited functions read.
fn read_by(visit: &Visit<'_>) -> Vec<&'static str> {
    let names: BTreeSet<String> =
        visit.functions.iter().flat_map(|function| functions::names(visit, function)).collect();
    SECRETS.into_iter().filter(|name| names.contains(*name) || names.contains(&kept_as(name))).collect()
}

fn kept_as(name: &str) -> String {
    format!("{name}_SECRET_ID")
}

/// What Secrets Manager holds of what the functions read: one question a name, so that each has an answer of its own.
pub(super) async fn fetch(visit: &Visit<'_>) -> (Held, Vec<Finding>) {
    let mut held = Held::default();
    let keeping = match config::from(visit.lookup, Keeping::read) {
        Ok(None) => return (held, Vec::new()),
        Ok(Some(keeping)) => keeping,
        Err(unusable) => {
            let about = "Secrets Manager";
            let problem = |says| Finding::problem(about, says, "no secret is read from there without it");
            return (held, unusable.0.into_iter().map(problem).collect());
        }
    };
    let ids: Vec<(&str, String)> = keeping.kept.iter().map(|kept| (kept.name, kept.id.clone())).collect();
    let vault = match Vault::new(keeping) {
        Ok(vault) => vault,
        Err(why) => return (held, vec![Finding::problem("Secrets Manager", why, "build it in")]),
    };
    let (mut found, read) = (Vec::new(), read_by(visit));
    for (name, id) in ids.into_iter().filter(|(name, _)| read.contains(name)) {
        match vault.fetch(|kept| kept.name == name).await {
            Ok(one) => {
                found.push(told(name, one.current(name).is_some()));
                held = held.and(one);
            }
            Err(why) => {
                // Who mistakes the one for the other writes the secret where its name belongs.
                let says = format!("cannot be read: {}", why.replace(&id, "..."));
                found.push(Finding::problem(name, says, "check the name or ARN, and who may read it"));
            }
        }
    }
    (held, found)
}

/// What it means that Secrets Manager was asked for `name`. Where one may do without, an empty secret is as good as none: the
/// template makes one of each.
fn told(name: &'static str, has_value: bool) -> Finding {
    if has_value {
        return Finding::ok(name, "can be read from Secrets Manager, by whoever asks here");
    }
    let says = format!("{} leads to no secret with a value", kept_as(name));
    match name.starts_with("DATABASE_") || name == "CHECKOUT_TOKEN_SECRET" {
        true => Finding::problem(name, says, "check the name or ARN; put a value into it"),
        false => Finding::ok(name, format!("{says}: the same as not set")),
    }
}

/// Is each secret there, and does it look like what it is?
pub(super) fn shapes(visit: &Visit<'_>, settings: &Settings<'_>) -> Vec<Finding> {
    let read = read_by(visit);
    let verifying = read.iter().filter(|name| !name.starts_with("DATABASE_"));
    let mut found = Vec::new();
    let mut seen: Vec<(&str, String)> = Vec::new();
    for name in verifying {
        let Some(value) = settings.secret(name) else {
            // One that cannot be read was told of.
            if settings.text(&kept_as(name)).is_none() || settings.held.ring(name).is_some() {
                found.extend(absent(visit, settings, name));
            }
            continue;
        };
        let odd = oddities(name, &value, settings.livemode());
        let twin = seen.iter().find(|(_, other)| *other == value).map(|(other, _)| *other);
        found.extend(odd.iter().map(|(says, remedy)| Finding::problem(*name, *says, *remedy)));
        if let Some(twin) = twin {
            let says = format!("is the same as {twin}: who knows one knows the other");
            found.push(Finding::problem(*name, says, "make one of its own"));
        }
        if odd.is_empty() && twin.is_none() {
            found.push(Finding::ok(*name, there(visit, settings, name)));
        }
        seen.push((name, value));
    }
    found
}

fn there(visit: &Visit<'_>, settings: &Settings<'_>, name: &str) -> &'static str {
    let ring = settings.read(|source| Some(source.ring(name))).unwrap_or_default();
    match ring.live(visit.now).iter().any(|secret| secret.stage() == Stage::Previous) {
        true => "is set and looks like one; the one before it is accepted, too",
        false => "is set and looks like one",
    }
}

/// What is wrong with a value, by its letters alone.
fn oddities(name: &str, value: &str, livemode: bool) -> Vec<(&'static str, &'static str)> {
    let mut odd = Vec::new();
    let begins = |with: &[&str]| with.iter().any(|start| value.trim().starts_with(start));
    if value.trim() != value {
        odd.push(("has white space around it, which counts when it signs", "set it without"));
    }
    if begins(&["\"", "'"]) {
        odd.push(("has quotation marks around it, which count when it signs", "set it without"));
    }
    match name {
        "STRIPE_WEBHOOK_SECRET" if !begins(&["whsec_", " ", "\"", "'"]) => {
            odd.push((
                "does not begin with whsec_",
                "take the signing secret of the endpoint, from Stripe's Webhooks page",
            ));
        }
        "RAZORPAY_WEBHOOK_SECRET" if begins(&["rzp_", "whsec_", "sk_", "rk_"]) => {
            odd.push((
                "is a key, not the secret of a webhook",
                "take what was typed in when the webhook was made at Razorpay",
            ));
        }
        "RAZORPAY_KEY_SECRET" if begins(&["rzp_"]) => {
            odd.push((
                "is a key's id, not its secret",
                "take the secret that was shown with RAZORPAY_KEY_ID",
            ));
        }
        _ => {}
    }
    if livemode && value.ends_with("_not_a_secret") {
        odd.push((
            "is the laptop stack's, which everybody knows, and LIVEMODE is true",
            "make one of its own",
        ));
    }
    odd
}

/// What it means that a secret is not set, where that is no complaint of a function.
fn absent(visit: &Visit<'_>, settings: &Settings<'_>, name: &'static str) -> Option<Finding> {
    let (provider, other) = match name {
        "STRIPE_WEBHOOK_SECRET" => (Provider::Stripe, settings.secret("STRIPE_SECRET_KEY")),
        "RAZORPAY_WEBHOOK_SECRET" => (Provider::Razorpay, settings.text("RAZORPAY_KEY_ID")),
        "SERVICE_TOKEN" => return Some(Finding::ok(name, "is not set: no credits are sold")),
        _ => return None,
    };
    let says = "is not set: every delivery is refused, with secret_missing";
    let meant = visit.functions.len() == 1 || other.is_some();
    let remedy = format!("set it to what {} signs with", provider.name());
    Some(match meant {
        true => Finding::problem(name, says, remedy),
        false => Finding::warning(name, says, format!("{remedy}, where that provider is used")),
    })
}
