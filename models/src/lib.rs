//! This library is empty, because the models are tests. They compile the runtime's own `outbox/protocol.rs`,
//! `hub/topic.rs` and `memory/ledger.rs` with a model checker's locks and atomics, and try all interleavings
//! of a few threads, up to three preemptions. Each mutant (see `build.rs`) leaves out one rule, and must be
//! caught.
