//! What our SQL functions refuse a caller for: `payonce_release.refuse` raises SQLSTATE PY422 with the code in the place
//! of a constraint's name.
use tokio_postgres::error::DbError;

use super::Failure;

/// Every code that SQL may refuse a caller with. [`crate::answer`] gives each its status.
pub const REFUSALS: [&str; 19] = [
    "account_suspended",
    "account_unknown",
    "already_paid",
    "amount_out_of_range",
    "checkout_over",
    "credits_out_of_range",
    "currencies_mixed",
    "idempotency_conflict",
    "idempotency_in_flight",
    "not_offered",
    "out_of_stock",
    "product_unavailable",
    "promo_expired",
    "promo_unknown",
    "promo_used_up",
    "refund_impossible",
    "mismatch_decided",
    "reason_required",
    "second_person_required",
];

/// The caller's failure, when that is what the database answered with.
pub(super) fn refusal(error: &DbError) -> Option<Failure> {
    if error.code().code() != "PY422" {
        return None;
    }
    let code = REFUSALS.into_iter().find(|code| Some(*code) == error.constraint())?;
    Some(Failure::Refused { code, detail: error.message().to_owned() })
}
