//! Nothing is here: the models are tests. They compile the runtime's own `outbox/protocol.rs` and
//! `hub/topic.rs` with a model checker's locks, and try all interleavings of a few threads, up to
//! three preemptions. The mutants (see `build.rs`) leave out one rule each, and must be caught.
