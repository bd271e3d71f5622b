//! Where secrets are kept: in the environment, or in Secrets Manager.
use std::time::Duration;

use super::Source;

/// Everything that is secret. Each is `NAME`, or `NAME_SECRET_ID`: the name or ARN of a secret in Secrets Manager.
pub const SECRETS: [&str; 9] = [
    "DATABASE_URL",
    "DATABASE_CRON_URL",
    "DATABASE_DIRECT_URL",
    "STRIPE_WEBHOOK_SECRET",
    "RAZORPAY_WEBHOOK_SECRET",
    "STRIPE_SECRET_KEY",
    "RAZORPAY_KEY_SECRET",
    "CHECKOUT_TOKEN_SECRET",
    "SERVICE_TOKEN",
];

/// Of these only the current version is of use: nothing is verified with them.
const SHOWN: [&str; 4] = ["DATABASE_URL", "DATABASE_CRON_URL", "DATABASE_DIRECT_URL", "STRIPE_SECRET_KEY"];

/// What it signs says itself until when it counts, and may count for longer than any overlap: a link to a receipt.
const SIGNS_FOR_A_TIME: &str = "CHECKOUT_TOKEN_SECRET";

/// What is kept in Secrets Manager, and for how long it is believed.
#[derive(Clone)]
pub struct Keeping {
    /// Which names, under which ids.
    pub kept: Vec<Kept>,
    /// `SECRET_TTL_SECONDS`, 1 to 86400, default 300: after so long they are asked for anew.
    pub ttl: Duration,
    /// `SECRET_STALE_SECONDS`, default 86400: so long the old ones serve while Secrets Manager does not answer; then
    /// nothing is served.
    pub stale: Duration,
    /// `ROTATION_OVERLAP_SECONDS`, default 259200 (72 hours): so long the previous one is accepted, from the making of the
    /// current one. See [`Keeping::overlap_of`].
    pub overlap: Duration,
    /// Who asks, and where.
    pub aws: Aws,
}

/// One name that is kept in Secrets Manager.
#[derive(Clone)]
pub struct Kept {
    /// `STRIPE_WEBHOOK_SECRET`
    pub name: &'static str,
    /// What `STRIPE_WEBHOOK_SECRET_SECRET_ID` says.
    pub id: String,
    /// Is only its current version of use?
    pub only_current: bool,
}

/// Who we are to AWS. Lambda sets all of it.
#[derive(Clone)]
pub struct Aws {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`
    pub key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`, else `AWS_ENDPOINT_URL`: an emulator's.
    pub secrets_endpoint: Option<String>,
}

impl Keeping {
    /// Reads it; `None` when nothing is kept in Secrets Manager.
    pub fn read(source: &mut Source<'_>) -> Option<Option<Self>> {
        let kept: Vec<Kept> = SECRETS
            .iter()
            .filter_map(|name| {
                let id = source.optional(&secret_id(name))?.trim().to_owned();
                Some(Kept { name, id, only_current: SHOWN.contains(name) })
            })
            .collect();
        if kept.is_empty() {
            return Some(None);
        }
        for Kept { name, .. } in &kept {
            if source.optional(name).is_some() {
                source.complaints.push(format!("{name} and {name}_SECRET_ID are both set: which is it?"));
            }
        }
        let seconds = |source: &mut Source<'_>, name, default, least| {
            source.within(name, default, least..=31_536_000_u64).map(Duration::from_secs)
        };
        let ttl = seconds(source, "SECRET_TTL_SECONDS", 300, 1);
        let stale = seconds(source, "SECRET_STALE_SECONDS", 86_400, 0);
        let overlap = seconds(source, "ROTATION_OVERLAP_SECONDS", 259_200, 0);
        let aws = Aws::read(source);
        Some(Some(Self { kept, ttl: ttl?, stale: stale?, overlap: overlap?, aws: aws? }))
    }

    /// How long the previous `name` is accepted; none: until the next rotation, or until it is revoked.
    pub fn overlap_of(&self, name: &str) -> Option<Duration> {
        (name != SIGNS_FOR_A_TIME).then_some(self.overlap)
    }
}

impl Aws {
    /// Reads it.
    pub fn read(source: &mut Source<'_>) -> Option<Self> {
        let region = source.optional("AWS_REGION").or_else(|| source.optional("AWS_DEFAULT_REGION"));
        if region.is_none() {
            source.complaints.push("AWS_REGION is missing".into());
        }
        let key_id = source.required("AWS_ACCESS_KEY_ID");
        let secret_key = source.required("AWS_SECRET_ACCESS_KEY");
        let endpoint = source.optional("AWS_ENDPOINT_URL_SECRETS_MANAGER");
        Some(Self {
            region: region?,
            key_id: key_id?,
            secret_key: secret_key?,
            session_token: source.optional("AWS_SESSION_TOKEN"),
            secrets_endpoint: endpoint.or_else(|| source.optional("AWS_ENDPOINT_URL")),
        })
    }
}

/// The setting that says where `name` is kept.
pub(super) fn secret_id(name: &str) -> String {
    format!("{name}_SECRET_ID")
}
