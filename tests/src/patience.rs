//! Waiting for an event with a time limit.

use std::time::Duration;

/// How long an event may take before it counts as missing. Far longer than any event needs.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Awaits `event`.
///
/// # Panics
///
/// Panics if `event` does not complete within [`PATIENCE`]. The panic message contains `what`, the name of
/// the missing event.
pub async fn within<F: Future>(what: &str, event: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(output) => output,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}
