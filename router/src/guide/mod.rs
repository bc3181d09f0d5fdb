//! The guide: each page explains one subject, across the items of the crate.
//!
//! | page | is about |
//! |---|---|
//! | [`getting_started`] | your first project, from `Cargo.toml` to the first message |
//! | [`routes`] | paths, extractors, responses, errors |
//! | [`sockets`] | events, data, handlers that wait, handles |
//! | [`topics`] | publish and subscribe, from sockets, routes and tasks |
//! | [`backpressure`] | clients that read slowly |
//! | [`compression`] | permessage-deflate |
//! | [`authentication`] | who may connect, and middleware |
//! | [`patterns`] | rooms, private messages, presence, request and reply, a snapshot before live updates |
//! | [`performance`] | the costs in CPU time and memory, and how to reduce them |
//! | [`limits`] | the memory that clients can take, all limits, and which of them to set |
//! | [`testing`] | handlers without a server, servers in tests |
//! | [`deployment`] | nginx, HAProxy, signals, file descriptors |
//! | [`from_axum`], [`from_socket_io`], [`from_bun`] | the calls of these libraries, and their counterparts here |

#[doc = include_str!("authentication.md")]
pub mod authentication {}
#[doc = include_str!("backpressure.md")]
pub mod backpressure {}
#[doc = include_str!("compression.md")]
pub mod compression {}
#[doc = include_str!("deployment.md")]
pub mod deployment {}
#[doc = include_str!("from_axum.md")]
pub mod from_axum {}
#[doc = include_str!("from_bun.md")]
pub mod from_bun {}
#[doc = include_str!("from_socket_io.md")]
pub mod from_socket_io {}
#[doc = include_str!("getting_started.md")]
pub mod getting_started {}
#[doc = include_str!("limits.md")]
pub mod limits {}
#[doc = include_str!("patterns.md")]
pub mod patterns {}
#[doc = include_str!("performance.md")]
pub mod performance {}
#[doc = include_str!("routes.md")]
pub mod routes {}
#[doc = include_str!("sockets.md")]
pub mod sockets {}
#[doc = include_str!("testing.md")]
pub mod testing {}
#[doc = include_str!("topics.md")]
pub mod topics {}
