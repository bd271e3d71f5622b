//! Who may come in, before any row is written or any provider asked: the durability gate first, then the rate limit.
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_postgres::types::Type;

use super::Endpoint;
use super::request::refused;
use crate::config::PaymentsMode;
use crate::db::{self, migrate, release};
use crate::failure::Failure;
use crate::lambda::Request;
use crate::secret::mac;

/// The gate is asked anew on each call, and has this long to answer.
const GATE_WITHIN: Duration = Duration::from_millis(1_500);
const A_MINUTE: u64 = 60;

impl Endpoint {
    /// Lets a call in, or says why not. The gate writes nothing; the rate limit counts each call it lets through.
    pub(super) async fn admit(&self, request: &Request) -> Result<(), Failure> {
        self.gate(request.deadline).await?;
        if self.is_service(request) { Ok(()) } else { self.count(request).await }
    }

    /// Is it the merchant's own backend that calls?
    pub(super) fn is_service(&self, request: &Request) -> bool {
        let given = request.header("x-service-token").unwrap_or_default();
        mac::knows(&self.config.service_tokens.live(request.now), given.as_bytes())
    }

    /// Money taken now has to be remembered: asked on every call, never remembered itself, shut by any doubt.
    async fn gate(&self, deadline: Instant) -> Result<(), Failure> {
        match self.config.gateway.mode {
            PaymentsMode::Disabled => Err(shut("PAYMENTS_MODE is disabled")),
            PaymentsMode::Sandbox => Ok(()),
            PaymentsMode::Live => self.probe(deadline).await,
        }
    }

    async fn probe(&self, deadline: Instant) -> Result<(), Failure> {
        let (app, stage) = (&self.config.stack.app_id, &self.config.stack.stage);
        let newest = migrate::MIGRATIONS.last().map(|(version, _)| *version).unwrap_or_default();
        let schema = release::schema();
        let rows = self
            .db
            .query(
                deadline.min(Instant::now() + GATE_WITHIN),
                include_str!("gate.sql"),
                &[(app, Type::TEXT), (stage, Type::TEXT), (&newest, Type::TEXT), (&schema, Type::TEXT)],
            )
            .await
            .map_err(|error| {
                tracing::error!(alarm = "gate_shut", detail = %error);
                match error {
                    db::Error::LoginRefused(_) => error.into(),
                    db::Error::OfAnotherStack(_) => shut("it is the database of another stack"),
                    _ => shut("the database does not answer"),
                }
            })?;
        match rows.first().map(|row| row.get::<_, Option<String>>("shut")) {
            Some(None) => Ok(()),
            why => {
                let why = why.flatten().unwrap_or_else(|| "the probe gave no answer".into());
                tracing::error!(alarm = "gate_shut", detail = why);
                Err(shut(&why))
            }
        }
    }

    async fn count(&self, request: &Request) -> Result<(), Failure> {
        let bucket = format!("checkout:{}", neighbourhood(request.source_ip));
        let rows = self
            .db
            .query_once(
                request.deadline,
                include_str!("rate_limit.sql"),
                &[(&bucket, Type::TEXT), (&minute_of(request.now), Type::TIMESTAMPTZ)],
            )
            .await?;
        let calls: i32 = rows.first().map_or(1, |row| row.get("calls"));
        if calls > self.config.calls_a_minute {
            return Err(refused("rate_limited", "too many calls from this address: wait a minute"));
        }
        Ok(())
    }
}

fn shut(why: &str) -> Failure {
    refused("payments_disabled", &format!("Live payments are disabled: {why}"))
}

/// An IPv6 customer owns a whole /64, and may write from any address in it.
fn neighbourhood(ip: Option<IpAddr>) -> String {
    match ip {
        None => "unknown".into(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.to_string(),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}

fn minute_of(now: SystemTime) -> SystemTime {
    let seconds = super::row::unix(now);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds - seconds % A_MINUTE)
}

#[test]
fn addresses_of_one_ipv6_customer_are_counted_as_one_and_mapped_ones_as_what_they_map() {
    let of = |ip: &str| neighbourhood(ip.parse().ok());
    assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    assert_eq!(neighbourhood(None), "unknown");
}
