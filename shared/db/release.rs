//! The SQL functions of this build, in a schema of their own, so that old and new code run side by side.
//!
//! The schema's name is a digest of the functions' text: a build calls exactly the functions it was tested with,
//! a roll-back finds its own again, and installing them twice changes nothing.
use std::fmt::Write;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

/// The schema that the files name; replaced by [`schema`] when a text is used.
const PLACEHOLDER: &str = "payonce_release";

/// Held by whoever changes the schema, for the length of each step; any number that nobody else locks in this database.
pub(super) const RUNNER_LOCK: &str = "select pg_advisory_xact_lock(7250925)";
/// Who waits longer for a table than this gives way to the traffic, and is run again.
pub(super) const PATIENCE: &str = "set local lock_timeout = '5s'; set local statement_timeout = '15min'";

/// Each function stands beside the Rust that calls it. In the order of their dependencies.
pub(super) const FUNCTIONS: &[&str] = &[
    include_str!("../inbox/event.sql"),
    include_str!("../inbox/claim.sql"),
    include_str!("../inbox/conclude.sql"),
    include_str!("../inbox/record_failure.sql"),
    include_str!("../credit/post.sql"),
    include_str!("../credit/top_up.sql"),
    include_str!("../credit/claw_back.sql"),
    include_str!("../failure/refuse.sql"),
    include_str!("../order/check_promotion.sql"),
    include_str!("../order/payable_step.sql"),
    include_str!("../order/price.sql"),
    include_str!("../order/hold.sql"),
    include_str!("../order/release_hold.sql"),
    include_str!("../order/expire.sql"),
    include_str!("../order/redeem_promotion.sql"),
    include_str!("../order/fulfil.sql"),
    include_str!("../payment/find.sql"),
    include_str!("../payment/misfit.sql"),
    include_str!("../payment/lock_facts.sql"),
    include_str!("../payment/told_again.sql"),
    include_str!("../payment/derive_status.sql"),
    include_str!("../payment/left_to_refund.sql"),
    include_str!("../payment/ask_refund.sql"),
    include_str!("../payment/set_aside.sql"),
    include_str!("../payment/follow_refunds.sql"),
    include_str!("../payment/apply_facts.sql"),
    include_str!("../payment/conclude_fact.sql"),
    include_str!("../payment/record_capture.sql"),
    include_str!("../payment/settle.sql"),
    include_str!("../payment/advance.sql"),
    include_str!("../payment/record_refund.sql"),
    include_str!("../payment/record_dispute.sql"),
    include_str!("../payment/reconcile_refunds.sql"),
    include_str!("../refund/request.sql"),
    include_str!("../refund/return_stock.sql"),
    include_str!("../mismatch/lock_parked.sql"),
    include_str!("../mismatch/decide.sql"),
    include_str!("../mismatch/conclude.sql"),
    include_str!("../mismatch/accept.sql"),
    include_str!("../mismatch/refund.sql"),
    include_str!("../checkout/opened.sql"),
    include_str!("../checkout/find.sql"),
    include_str!("../checkout/claim_key.sql"),
    include_str!("../checkout/revisit.sql"),
    include_str!("../checkout/open_order.sql"),
    include_str!("../checkout/open_topup.sql"),
    include_str!("../checkout/open_again.sql"),
    include_str!("../receipt/issue.sql"),
    include_str!("../receipt/resend.sql"),
];

static SCHEMA: LazyLock<String> = LazyLock::new(|| {
    let digest = FUNCTIONS.iter().fold(Sha256::new(), |hash, text| hash.chain_update(text)).finalize();
    digest.iter().take(6).fold("payonce_".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
});

/// `payonce_1f2e3d4c5b6a`: the schema of this build's functions.
pub fn schema() -> &'static str {
    &SCHEMA
}

/// A statement or function text with this build's schema in it.
pub fn sql(text: &str) -> String {
    text.replace(PLACEHOLDER, schema())
}

/// Name and body of each function of this build, as the catalogue keeps them once they are installed.
pub(crate) fn functions() -> impl Iterator<Item = (String, String)> {
    FUNCTIONS.iter().filter_map(|text| {
        let text = sql(text);
        let (_, after) = text.split_once(&format!("create function {}.", schema()))?;
        let (name, _) = after.split_once('(')?;
        let body = after.split("$$").nth(1)?;
        Some((name.to_owned(), body.to_owned()))
    })
}

/// A release whose functions are installed.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The schema of its functions.
    pub schema: String,
    /// The version that installed them.
    pub version: String,
    /// When, in UTC, for people.
    pub installed_at: String,
}

/// Every installed release, oldest first.
pub async fn installed(client: &Client) -> Result<Vec<Installed>, Error> {
    let rows = client
        .query_typed(
            "select schema_name, version, to_char(installed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at
             from payonce.releases order by installed_at, schema_name",
            &[],
        )
        .await?;
    let read = |row: &Row| Installed {
        schema: row.get("schema_name"),
        version: row.get("version"),
        installed_at: row.get("at"),
    };
    Ok(rows.iter().map(read).collect())
}

/// Drops the functions of every release that is not this build's, not in `keep` and at least `older_than_days` old, and
/// says which. One transaction under the migrations' lock: a release that is being installed is never half dropped.
pub async fn retire(
    client: &mut Client,
    keep: &[String],
    older_than_days: i32,
) -> Result<Vec<String>, Error> {
    let step = client.transaction().await?;
    step.batch_execute(&format!("{PATIENCE}; {RUNNER_LOCK}")).await?;
    let rows = step
        .query_typed(
            "delete from payonce.releases
             where schema_name <> $1 and schema_name <> all ($2) and installed_at <= now() - make_interval(days => $3)
             returning schema_name",
            &[(&schema(), Type::TEXT), (&keep, Type::TEXT_ARRAY), (&older_than_days, Type::INT4)],
        )
        .await?;
    let retired: Vec<String> = rows.iter().map(|row| row.get("schema_name")).collect();
    for schema in &retired {
        // `releases_named_by_digest` keeps anything but a release's schema out of that table.
        step.batch_execute(&format!("drop schema if exists {schema} cascade")).await?;
    }
    step.commit().await?;
    Ok(retired)
}
