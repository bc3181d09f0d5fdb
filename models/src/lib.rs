//! Nothing is here: the models are tests. They compile the runtime's own `outbox/protocol.rs`,
//! `hub/topic.rs` and `memory/ledger.rs` with a model checker's locks and atomics, and try all
//! interleavings of a few threads, up to three preemptions. The mutants (see `build.rs`) leave out one
//! rule each, and must be caught.
