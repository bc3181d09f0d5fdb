//! Waiting for an event, but not for ever.

use std::time::Duration;

/// How long an event may take before it counts as missing. Far more than any of them needs.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Awaits `event`.
///
/// # Panics
///
/// It does not come within [`PATIENCE`]: the test fails with the name of what did not happen.
pub async fn within<F: Future>(what: &str, event: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(output) => output,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
    }
}
