//! Starts an example server in a separate process, and connects to it as its clients do.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test file uses only a part of this module"
)]

mod client;
mod http;
mod process;

pub(crate) use client::Client;
pub(crate) use http::{get, request};
pub(crate) use process::{Server, run_to_end};

use std::time::Duration;

/// Much longer than any event in these tests takes, so that only a missing event exceeds it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Awaits a future, and panics with `what` if it does not complete in time.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}
