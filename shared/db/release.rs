//! The SQL functions of this build, in a schema of their own, so that old and new code run side by side.
//!
//! The schema's name is a digest of the functions' text: a build calls exactly the functions it was tested with,
//! a roll-back finds its own again, and installing them twice changes nothing.
use std::fmt::Write;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The schema that the files name; replaced by [`schema`] when a text is used.
const PLACEHOLDER: &str = "payonce_release";

/// Each function stands beside the Rust that calls it. In the order of their dependencies.
pub(super) const FUNCTIONS: [&str; 20] = [
    include_str!("../inbox/event.sql"),
    include_str!("../inbox/claim.sql"),
    include_str!("../inbox/conclude.sql"),
    include_str!("../inbox/record_failure.sql"),
    include_str!("../credit/post.sql"),
    include_str!("../credit/top_up.sql"),
    include_str!("../credit/claw_back.sql"),
    include_str!("../order/redeem_promotion.sql"),
    include_str!("../order/fulfil.sql"),
    include_str!("../payment/find.sql"),
    include_str!("../payment/lock_facts.sql"),
    include_str!("../payment/set_aside.sql"),
    include_str!("../payment/follow_refunds.sql"),
    include_str!("../payment/apply_facts.sql"),
    include_str!("../payment/conclude_fact.sql"),
    include_str!("../payment/settle.sql"),
    include_str!("../payment/advance.sql"),
    include_str!("../payment/record_refund.sql"),
    include_str!("../payment/record_dispute.sql"),
    include_str!("../payment/reconcile_refunds.sql"),
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
