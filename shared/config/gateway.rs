//! What is needed to ask a provider for money, or to give it back.
use std::str::FromStr;

use http::Uri;

use super::Source;
use crate::secret::Ring;

/// Where Stripe is, unless a test says otherwise.
const STRIPE: &str = "https://api.stripe.com";
/// Where Razorpay is, unless a test says otherwise.
const RAZORPAY: &str = "https://api.razorpay.com";

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
    /// `RAZORPAY_KEY_ID`: not a secret, the buyer's browser gets it.
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
    /// Reads it. Whatever is wrong is named at once.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let mode = source.parsed("PAYMENTS_MODE", PaymentsMode::Disabled);
        let livemode = source.parsed("LIVEMODE", false);
        let stripe = stripe_key(source, livemode);
        let razorpay = razorpay_key(source, livemode);
        let any_key = ["STRIPE_SECRET_KEY", "RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET"]
            .into_iter()
            .any(|name| source.secret(name).is_some());
        match mode {
            Some(PaymentsMode::Sandbox) => {
                if livemode == Some(true) {
                    source
                        .complaints
                        .push("PAYMENTS_MODE sandbox takes no real money: LIVEMODE is true".into());
                }
                if any_key {
                    source.complaints.push("PAYMENTS_MODE sandbox asks no provider: a key is set".into());
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

fn stripe_key(source: &mut Source<'_>, livemode: Option<bool>) -> Option<StripeKey> {
    let base = base(source, "STRIPE_API_BASE", STRIPE, livemode);
    let key = source.secret("STRIPE_SECRET_KEY")?.trim().to_owned();
    of_mode(
        source,
        "STRIPE_SECRET_KEY",
        &key,
        livemode,
        &["sk_live_", "rk_live_"],
        &["sk_test_", "rk_test_"],
    );
    Some(StripeKey { base: base?, secret: Ring::new([("current", key)]) })
}

fn razorpay_key(source: &mut Source<'_>, livemode: Option<bool>) -> Option<RazorpayKey> {
    let base = base(source, "RAZORPAY_API_BASE", RAZORPAY, livemode);
    let id = source.optional("RAZORPAY_KEY_ID").map(|id| id.trim().to_owned());
    if let Some(id) = &id {
        of_mode(source, "RAZORPAY_KEY_ID", id, livemode, &["rzp_live_"], &["rzp_test_"]);
    }
    let secret = source.ring("RAZORPAY_KEY_SECRET");
    let has_secret = source.secret("RAZORPAY_KEY_SECRET").is_some();
    match id {
        Some(id) if has_secret => Some(RazorpayKey { base: base?, id, secret }),
        None if !has_secret => None,
        id => {
            let missing = if id.is_some() { "RAZORPAY_KEY_SECRET" } else { "RAZORPAY_KEY_ID" };
            source.complaints.push(format!("{missing} is missing: Razorpay needs both"));
            None
        }
    }
}

/// A key says by its first letters which money it moves. One that says nothing is refused, too.
fn of_mode(
    source: &mut Source<'_>,
    name: &str,
    key: &str,
    livemode: Option<bool>,
    live: &[&str],
    test: &[&str],
) {
    let starts = |with: &[&str]| with.iter().any(|prefix| key.starts_with(prefix));
    let is_live = match (starts(live), starts(test)) {
        (true, _) => true,
        (_, true) => false,
        _ => {
            let prefixes: Vec<&str> = live.iter().chain(test).copied().collect();
            source.complaints.push(format!("{name} starts with none of {}", prefixes.join(", ")));
            return;
        }
    };
    if livemode.is_some_and(|livemode| livemode != is_live) {
        let mode = if is_live { "live" } else { "test" };
        source.complaints.push(format!("{name} is a {mode} key, and LIVEMODE is {}", !is_live));
    }
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
