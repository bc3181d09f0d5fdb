//! Starts an example server as a process of its own, and talks to it the way its clients do.

#![allow(
    dead_code,
    unused_imports,
    reason = "every test file uses its own part of this"
)]

mod client;
mod http;
mod process;

pub(crate) use client::Client;
pub(crate) use http::{get, request};
pub(crate) use process::{Server, run_to_end};

use std::time::Duration;

/// Much longer than anything here takes, so that only what never happens runs into it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Awaits what has to happen, and says what did not.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}
