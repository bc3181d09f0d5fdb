//! Threads that count at the same time. The scenarios are a macro, so that they can be compiled against the
//! original ledger and against each mutant.

macro_rules! scenarios {
    ($ledger:ident) => {
        use super::sync::AtomicIsize;
        use loom::{
            sync::atomic::{AtomicBool, Ordering::Relaxed},
            thread,
        };
        use std::{array::from_fn, sync::Arc};
        use $ledger::{BATCH, Ledger, SHARDS, Shard};

        struct Counted {
            ledger: Ledger,
            /// Whether a change reported that the limit is exceeded.
            is_reported: AtomicBool,
        }

        impl Counted {
            fn new(limit: usize) -> Arc<Self> {
                let ledger = Ledger {
                    shards: from_fn(|_| Shard(AtomicIsize::new(0))),
                    total: AtomicIsize::new(0),
                    limit: AtomicIsize::new(0),
                };
                ledger.set_limit(limit);
                Arc::new(Self {
                    ledger,
                    is_reported: AtomicBool::new(false),
                })
            }

            /// Makes changes to a shard in a new thread, one after the other.
            fn count(
                self: &Arc<Self>,
                shard: usize,
                changes: &'static [isize],
            ) -> thread::JoinHandle<()> {
                let counted = self.clone();
                thread::spawn(move || {
                    for bytes in changes {
                        if counted.ledger.add_signed(shard, *bytes) {
                            counted.is_reported.store(true, Relaxed);
                        }
                    }
                })
            }
        }

        /// The number of bytes from which a shard adds its count to the total.
        const WHOLE_BATCH: isize = BATCH as isize;
        const HALF_BATCH: isize = WHOLE_BATCH / 2;

        /// Two threads share a shard: no bytes are lost or counted twice.
        pub(super) fn a_shared_shard() {
            let counted = Counted::new(usize::MAX);
            let other = counted.count(0, &[HALF_BATCH, HALF_BATCH]);
            // The index wraps around to shard 0.
            let third = counted.count(SHARDS, &[WHOLE_BATCH, -HALF_BATCH]);
            other.join().unwrap();
            third.join().unwrap();
            assert_eq!(counted.ledger.held(), 3 * BATCH / 2);
        }

        /// Two threads exceed the limit together: at least one of them reports it.
        pub(super) fn an_excess_is_reported() {
            let counted = Counted::new(3 * BATCH / 2);
            let other = counted.count(0, &[WHOLE_BATCH]);
            let third = counted.count(1, &[WHOLE_BATCH]);
            other.join().unwrap();
            third.join().unwrap();
            assert!(counted.ledger.is_full());
            assert!(counted.is_reported.load(Relaxed));
        }
    };
}

pub(super) use scenarios;
