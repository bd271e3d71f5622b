//! How long a failed event waits for its next attempt.
use uuid::Uuid;

/// Before the second, third, ... attempt, in seconds: short enough for a row that is only late, long enough for a person to
/// mend something. The last one repeats.
pub(super) const WAITS_SECONDS: [i32; 5] = [60, 240, 960, 3_600, 3_600];

/// An event unsettled for so long is one webhook-retry should have settled or given up: twice the sum of the waits.
pub const STALE_AFTER_SECONDS: i64 = 2 * (60 + 240 + 960 + 3_600 + 3_600);

/// The waits with up to a tenth more, from the random part of the id: failures of one moment do not come back in one moment.
pub(super) fn jittered(id: Uuid) -> [i32; 5] {
    let [.., low] = *id.as_bytes();
    WAITS_SECONDS.map(|seconds| seconds + seconds * i32::from(low) / 2_550)
}
