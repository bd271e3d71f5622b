//! Do the providers take our keys?
use super::{Finding, Settings, Visit};
use crate::config::{Gateway, PaymentsMode};
use crate::outgoing::Fault;
use crate::secret::Ring;
use crate::{razorpay, stripe};

/// Asks each provider whose key is set for one thing that checkout and sweeper need to read.
pub(super) async fn look(visit: &Visit<'_>, settings: &Settings<'_>) -> Vec<Finding> {
    if !visit.functions.iter().any(|function| function.asks_providers) {
        return Vec::new();
    }
    // What is wrong with it was told as a function's complaint.
    let Ok(gateway) = settings.read(Gateway::read) else { return Vec::new() };
    if gateway.mode == PaymentsMode::Sandbox {
        let says = "none is asked: PAYMENTS_MODE is sandbox (to ask one: disabled first, its key, then live)";
        return vec![Finding::ok("providers", says)];
    }
    let mut found = Vec::new();
    if let Some(key) = &gateway.stripe {
        let asked = match stripe::Client::new(&key.base, &current(&key.secret)) {
            Ok(client) => client.try_key(visit.deadline).await,
            Err(why) => Err(Fault::not_asked("key_unusable", why)),
        };
        found.push(answer("Stripe", "STRIPE_SECRET_KEY", "Checkout Sessions and Refunds", asked));
    }
    if let Some(key) = &gateway.razorpay {
        let asked = match razorpay::Client::new(&key.base, &key.id, &current(&key.secret)) {
            Ok(client) => client.try_key(visit.deadline).await,
            Err(why) => Err(Fault::not_asked("key_unusable", why)),
        };
        let names = "RAZORPAY_KEY_ID with RAZORPAY_KEY_SECRET";
        found.push(answer("Razorpay", names, "orders", asked));
    }
    found
}

fn current(ring: &Ring) -> String {
    ring.current().map(|secret| String::from_utf8_lossy(secret.expose()).into_owned()).unwrap_or_default()
}

fn answer(provider: &str, names: &str, may_read: &str, asked: Result<(), Fault>) -> Finding {
    match asked {
        Ok(()) => Finding::ok(provider, format!("takes our key, which may read {may_read}")),
        Err(Fault::Refused { status: 401, .. }) => {
            Finding::problem(provider, format!("does not take {names}"), "set a key that is not revoked")
        }
        Err(Fault::Refused { status: 403, .. }) => {
            let remedy = format!("let it read {may_read}, and write them");
            Finding::problem(provider, format!("takes {names}, and not for all of {may_read}"), remedy)
        }
        // Its own words may quote what was asked.
        Err(Fault::Refused { status, code, .. }) => {
            Finding::problem(provider, format!("refused us with {status} {code}"), format!("check {names}"))
        }
        Err(Fault::Unavailable { detail } | Fault::Unknown { detail, .. }) => {
            let remedy = "look at its status page, and at the way out of this network";
            Finding::problem(provider, format!("was not reached: {detail}"), remedy)
        }
    }
}
