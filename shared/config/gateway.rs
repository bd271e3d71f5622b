//! What is needed to ask a provider for money, or to give it back.
use std::str::FromStr;

use http::Uri;

use super::Source;
use crate::secret::Ring;
use crate::secret::held::{key_id, plain};

/// Where Stripe is, unless a test says otherwise.
const STRIPE: &str = "https://api.stripe.com";
/// Where Razorpay is, unless a test says otherwise.
const RAZORPAY: &str = "https://api.razorpay.com";

/// How a key of Stripe's begins, for real money and for test money.
const STRIPE_KEYS: [&[&str]; 2] = [&["sk_live_", "rk_live_"], &["sk_test_", "rk_test_"]];
/// The same of the id of a key of Razorpay's; its secret says nothing.
const RAZORPAY_KEYS: [&[&str]; 2] = [&["rzp_live_"], &["rzp_test_"]];

/// Who answers when money is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentsMode {
    /// Nobody: no checkout is made.
    Disabled,
    /// Ourselves: everything succeeds, nothing leaves the house.
    Sandbox,
    /// The providers; for test money when their keys are test keys.
    Live,
}

/// How providers are reached. Printed, it shows no key.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// `PAYMENTS_MODE`, default `disabled`.
    pub mode: PaymentsMode,
    /// `LIVEMODE`, default false: is it real money? Every key has to be of that mode.
    pub livemode: bool,
    /// Stripe, where its key is set.
    pub stripe: Option<StripeKey>,
    /// Razorpay, where its key is set.
    pub razorpay: Option<RazorpayKey>,
}

/// How Stripe is reached.
#[derive(Clone, Debug)]
pub struct StripeKey {
    /// `STRIPE_API_BASE`
    pub base: String,
    /// `STRIPE_SECRET_KEY`: a secret or a restricted one.
    pub secret: Ring,
}

/// How Razorpay is reached.
#[derive(Clone, Debug)]
pub struct RazorpayKey {
    /// `RAZORPAY_API_BASE`
    pub base: String,
    /// The `key_id` kept with its secret, else `RAZORPAY_KEY_ID`: not a secret, the buyer's browser gets it.
    pub id: String,
    /// `RAZORPAY_KEY_SECRET`: the current one asks, either may have signed what a browser brings.
    pub secret: Ring,
}

impl FromStr for PaymentsMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "disabled" => Ok(Self::Disabled),
            "sandbox" => Ok(Self::Sandbox),
            "live" => Ok(Self::Live),
            _ => Err("disabled, sandbox or live"),
        }
    }
}

impl Gateway {
    /// Reads it. Whatever is wrong is named at once. `disabled` is the mode in which keys are put in and taken away: there
    /// any of them may be missing.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let mode = source.parsed("PAYMENTS_MODE", PaymentsMode::Disabled);
        let livemode = source.parsed("LIVEMODE", false);
        let stripe = StripeKey::of_mode(source, livemode);
        let razorpay = razorpay_key(source, livemode, mode);
        let any_key = ["STRIPE_SECRET_KEY", "RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET"]
            .into_iter()
            .any(|name| source.secret(name).is_some());
        match mode {
            Some(PaymentsMode::Sandbox) => {
                if livemode == Some(true) {
                    source.complaints.push(
                        "PAYMENTS_MODE sandbox takes no real money, and LIVEMODE is true: set PAYMENTS_MODE=disabled until \
                         the keys are in, then live"
                            .into(),
                    );
                }
                // Whoever has set a key may believe that buyers pay.
                if any_key {
                    source.complaints.push(
                        "PAYMENTS_MODE sandbox asks no provider, and a key is set: to ask one set PAYMENTS_MODE=disabled \
                         first, then live; to stay a sandbox take the key away"
                            .into(),
                    );
                }
            }
            Some(PaymentsMode::Live) if !any_key => source.complaints.push(
                "PAYMENTS_MODE live needs STRIPE_SECRET_KEY, or RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET"
                    .into(),
            ),
            _ => {}
        }
        Some(Self { mode: mode?, livemode: livemode?, stripe, razorpay })
    }
}

impl StripeKey {
    /// Reads it, and `LIVEMODE`.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let livemode = source.parsed("LIVEMODE", false);
        Self::of_mode(source, livemode)
    }

    fn of_mode(source: &mut Source<'_>, livemode: Option<bool>) -> Option<Self> {
        let base = base(source, "STRIPE_API_BASE", STRIPE, livemode);
        let key = source.secret("STRIPE_SECRET_KEY")?.trim().to_owned();
        source.complaints.extend(of_mode("STRIPE_SECRET_KEY", &key, livemode, STRIPE_KEYS));
        Some(Self { base: base?, secret: Ring::new([("current", key)]) })
    }
}

/// Half of it is none; whoever is to ask complains.
fn razorpay_key(
    source: &mut Source<'_>,
    livemode: Option<bool>,
    mode: Option<PaymentsMode>,
) -> Option<RazorpayKey> {
    let base = base(source, "RAZORPAY_API_BASE", RAZORPAY, livemode);
    let kept_with_it = source.key_id("RAZORPAY_KEY_SECRET").map(|id| (KEPT_ID, id));
    let set = source.optional("RAZORPAY_KEY_ID").map(|id| ("RAZORPAY_KEY_ID", id.trim().to_owned()));
    // Also of the one that does not count: the webhooks know their mode by it.
    for (name, id) in kept_with_it.iter().chain(&set) {
        source.complaints.extend(of_mode(name, id, livemode, RAZORPAY_KEYS));
    }
    let id = kept_with_it.or(set);
    let secret = source.ring("RAZORPAY_KEY_SECRET");
    let has_secret = source.secret("RAZORPAY_KEY_SECRET").is_some();
    match id {
        Some((_, id)) if has_secret => Some(RazorpayKey { base: base?, id, secret }),
        None if !has_secret => None,
        id => {
            if mode == Some(PaymentsMode::Live) {
                let missing = if id.is_some() { "RAZORPAY_KEY_SECRET" } else { "RAZORPAY_KEY_ID" };
                source.complaints.push(format!("{missing} is missing: Razorpay needs both"));
            }
            None
        }
    }
}

/// What the id is called that is kept with its secret.
const KEPT_ID: &str = "the key_id in RAZORPAY_KEY_SECRET";

/// Why a stack of this `LIVEMODE` cannot use `value` as its `STRIPE_SECRET_KEY` or `RAZORPAY_KEY_SECRET`, as far as letters
/// tell. Never quotes it.
pub fn unusable_key(name: &str, value: &str, livemode: bool) -> Option<String> {
    let (livemode, secret) = (Some(livemode), plain(value.to_owned()));
    match name {
        "STRIPE_SECRET_KEY" => of_mode(name, secret.trim(), livemode, STRIPE_KEYS),
        "RAZORPAY_KEY_SECRET" if secret.trim().starts_with("rzp_") => {
            Some(format!("{name} is a key's id, not its secret"))
        }
        "RAZORPAY_KEY_SECRET" => {
            let id = key_id(value)?;
            let alone = secret == value;
            of_mode(KEPT_ID, &id, livemode, RAZORPAY_KEYS)
                .or_else(|| alone.then(|| format!("{name} has a key_id and no key_secret")))
        }
        _ => None,
    }
}

/// A key says by its first letters which money it moves. What is wrong with it; one that says nothing is wrong, too.
fn of_mode(name: &str, key: &str, livemode: Option<bool>, [live, test]: [&[&str]; 2]) -> Option<String> {
    let starts = |with: &[&str]| with.iter().any(|prefix| key.starts_with(prefix));
    let is_live = match (starts(live), starts(test)) {
        (true, _) => true,
        (_, true) => false,
        _ => return Some(format!("{name} starts with none of {}", [live, test].concat().join(", "))),
    };
    let mode = if is_live { "live" } else { "test" };
    let differs = livemode.is_some_and(|livemode| livemode != is_live);
    differs.then(|| format!("{name} is a {mode} key, and LIVEMODE is {}", !is_live))
}

/// An `http` or `https` URL without user, query or fragment. A key for real money never goes out in clear text.
fn base(source: &mut Source<'_>, name: &str, default: &str, livemode: Option<bool>) -> Option<String> {
    let text = source.optional(name).unwrap_or_else(|| default.into());
    let text = text.trim().trim_end_matches('/');
    let uri: Option<Uri> = text.parse().ok();
    let plain = |uri: &Uri| {
        uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.query().is_none()
            && !text.contains('#')
    };
    match uri.filter(plain).as_ref().and_then(Uri::scheme_str) {
        Some("https") => Some(text.into()),
        Some("http") if livemode != Some(true) => Some(text.into()),
        Some("http") => {
            source.complaints.push(format!("{name} is http, and LIVEMODE is true"));
            None
        }
        _ => {
            source.complaints.push(format!("{name} is not a plain http or https URL"));
            None
        }
    }
}
