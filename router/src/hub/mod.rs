//! Topics: subscribe, publish, count.
//!
//! | file | is about |
//! |---|---|
//! | `topics` | `Hub`: publishing, and what can be asked about topics |
//! | `topic` | one topic: its members, and publishing to them |
//! | `directory` | topics by name |
//! | `subscriptions` | the topics of one connection |
//! | `presence` | events for topics that open and empty |
//! | `broker` | the interface for a broker between several machines |
//! | `batch` | messages that the handlers of one read batch publish |
//! | `publish_async` | `publish_async`, which yields to other tasks |
//! | `published` | the result of `publish` |
//! | `websocket/hub_sockets` | the methods of `Hub` that list sockets, or publish to some of them; they need `Handle`, which is a layer above |
//! | `member`, `sync` | types and locks of `topic`, separate so that the model checker can replace them |

// First, because rustdoc lists the methods of `Hub` in the order of the modules.
mod topics;

mod batch;
mod broker;
mod directory;
mod member;
mod presence;
mod publish_async;
mod published;
mod subscriptions;
mod sync;
mod topic;

pub(crate) use batch::in_batch;
pub use broker::{Broker, Forwarded};
pub(crate) use member::Member;
pub use presence::{TopicEvent, TopicEvents};
pub use published::Published;
pub use topics::Hub;
