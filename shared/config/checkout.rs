//! What checkout reads.
use std::time::Duration;

use super::{Database, Expected, Gateway, Retry, Source, Stack};
use crate::secret::Ring;

/// Configuration of checkout.
#[derive(Clone)]
pub struct Checkout {
    /// Who this is.
    pub stack: Stack,
    /// `DATABASE_URL`, pooled.
    pub database: Database,
    /// Who collects the money, and whether anybody does.
    pub gateway: Gateway,
    /// Whose payments are ours, and their mode.
    pub expected: Expected,
    /// How often an event of ours that fails is tried.
    pub retry: Retry,
    /// `CHECKOUT_TOKEN_SECRET`: signs what opens a receipt and a status.
    pub tokens: Ring,
    /// `SERVICE_TOKEN`: the merchant's backend, which alone sells credits. None: nobody does.
    pub service_tokens: Ring,
    /// `PUBLIC_ORIGIN_ALLOWLIST`: where buyers may be sent back to, `https://shop.example,https://www.shop.example`.
    pub origins: Vec<String>,
    /// `ORDER_TTL_MINUTES`, 35 to 1430, default 120: so long a checkout is open, and what it holds is held five minutes
    /// longer. Stripe takes 30 minutes to 24 hours.
    pub open_for: Duration,
    /// `CHECKOUT_RATE_LIMIT_RPM`, default 30: calls a minute from one address.
    pub calls_a_minute: i32,
}

impl Checkout {
    /// Reads it; complains of all that is missing at once.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let database = source.database(&["DATABASE_URL"]);
        let gateway = Gateway::read(source);
        let expected = Expected::read(source);
        let retry = Retry::read(source);
        let tokens = source.required_tokens();
        let service_tokens = source.ring("SERVICE_TOKEN");
        let minutes = source.within("ORDER_TTL_MINUTES", 120_u32, 35..=1_430);
        let calls_a_minute = source.within("CHECKOUT_RATE_LIMIT_RPM", 30, 1..=100_000);
        if service_tokens.iter().any(|token| token.expose().len() < 16) {
            source.complaints.push("SERVICE_TOKEN: at least 16 characters".into());
        }
        Some(Self {
            stack: source.stack(),
            database: database?,
            gateway: gateway?,
            expected: expected?,
            retry: retry?,
            tokens,
            service_tokens,
            origins: origins(source)?,
            open_for: Duration::from_secs(u64::from(minutes?) * 60),
            calls_a_minute: calls_a_minute?,
        })
    }
}

/// Each an origin and no more: a scheme, a host, a port where it is not the scheme's own.
fn origins(source: &mut Source<'_>) -> Option<Vec<String>> {
    let listed = source.optional("PUBLIC_ORIGIN_ALLOWLIST").unwrap_or_default();
    let origins: Vec<String> =
        listed.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    for one in &origins {
        let host = one.strip_prefix("https://").or_else(|| one.strip_prefix("http://")).unwrap_or_default();
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
        if host.is_empty() || !host.bytes().all(fine) {
            let why = format!("PUBLIC_ORIGIN_ALLOWLIST: {one} is no origin like https://shop.example");
            source.complaints.push(why);
            return None;
        }
    }
    Some(origins)
}
