//! Do stage, mode and keys speak of the same money?
use super::{Finding, Settings, Visit};
use crate::config::{self, Gateway, PaymentsMode};
use crate::inbox::Provider;

/// Stages that sound like real money.
const PRODUCTION: [&str; 3] = ["prod", "production", "live"];

pub(super) fn modes(visit: &Visit<'_>, settings: &Settings<'_>) -> Vec<Finding> {
    let Ok(stack) = settings.read(|source| Some(source.stack())) else { return Vec::new() };
    let whose = format!("{}/{}", stack.app_id, stack.stage);
    let livemode = settings.livemode();
    let mut found = Vec::new();
    if livemode && stack.stage == "local" {
        let says = "LIVEMODE is true, and STAGE is local";
        found.push(Finding::problem(&whose, says, "set STAGE to the name of this deployment"));
    }
    if !livemode && PRODUCTION.contains(&stack.stage.as_str()) {
        let says = "its STAGE sounds like real money, and LIVEMODE is false: live events are parked";
        found.push(Finding::warning(&whose, says, "set LIVEMODE=true, when it is meant"));
    }
    let mode = settings.read(|source| source.parsed("PAYMENTS_MODE", PaymentsMode::Disabled));
    let asks = visit.functions.iter().any(|function| function.asks_providers);
    if asks && mode == Ok(PaymentsMode::Disabled) {
        let says = "PAYMENTS_MODE is disabled: no checkout is opened, no refund is sent";
        found.push(Finding::warning(&whose, says, before_live(settings)));
    }
    let verifies_razorpay =
        visit.functions.iter().any(|function| function.verifies == Some(Provider::Razorpay));
    // What asks providers complains of it by itself.
    if verifies_razorpay && !asks && razorpay_key_is_of_another_mode(settings, livemode) {
        let says = "RAZORPAY_KEY_ID is a key of the other mode than LIVEMODE says: every event of Razorpay's is parked";
        found.push(Finding::problem(&whose, says, "set the key of that mode"));
    }
    if found.is_empty() {
        let money = if livemode { "real money" } else { "test money" };
        found.push(Finding::ok(whose, format!("stage, mode and keys speak of the same: {money}")));
    }
    found
}

/// What is to be done before providers are asked. Keys are put in while the mode is `disabled`.
fn before_live(settings: &Settings<'_>) -> String {
    let lookup = |name: &str| match name {
        "PAYMENTS_MODE" => Some("live".into()),
        name => (settings.lookup)(name),
    };
    match config::from_both(&lookup, &settings.held, Gateway::read) {
        Ok(_) => "set PAYMENTS_MODE=live, when payments are meant".into(),
        Err(unusable) => {
            format!("when payments are meant, this first, then PAYMENTS_MODE=live: {}", unusable.0.join("; "))
        }
    }
}

/// Its name says its mode; events of Razorpay's do not.
fn razorpay_key_is_of_another_mode(settings: &Settings<'_>, livemode: bool) -> bool {
    settings.text("RAZORPAY_KEY_ID").is_some_and(|id| id.trim().starts_with("rzp_live_") != livemode)
}
