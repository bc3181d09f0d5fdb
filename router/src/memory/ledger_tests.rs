use super::*;
use crate::memory::sync::AtomicIsize;
use proptest::prelude::*;
use std::array::from_fn;

fn ledger(limit: usize) -> Ledger {
    let ledger = Ledger {
        shards: from_fn(|_| Shard(AtomicIsize::new(0))),
        total: AtomicIsize::new(0),
        limit: AtomicIsize::new(0),
    };
    ledger.set_limit(limit);
    ledger
}

/// Changes of a count: the thread, and the number of bytes. No more is given back than is held.
fn changes() -> impl Strategy<Value = Vec<(usize, isize)>> {
    let size = prop_oneof![0..100_isize, 0..4 * BATCH as isize];
    let change = (0..2 * SHARDS, any::<bool>(), size);
    proptest::collection::vec(change, 0..200).prop_map(|changes| {
        let mut held = 0;
        let signed = |(thread, frees, size): (usize, bool, isize)| {
            let size = if frees { -size.min(held) } else { size };
            held += size;
            (thread, size)
        };
        changes.into_iter().map(signed).collect()
    })
}

proptest! {
    #[test]
    fn it_is_a_sum(changes in changes(), limit in 0..20 * BATCH) {
        let ledger = ledger(limit);
        let mut model = 0_usize;
        for (thread, bytes) in changes {
            let exceeded = ledger.add_signed(thread, bytes);
            model = model.checked_add_signed(bytes).expect("nobody gives back more than is held");
            prop_assert_eq!(ledger.held(), model);
            // The comparison is off by at most the bytes that the shards keep back.
            let off = SHARDS * BATCH;
            prop_assert!(!ledger.is_full() || model + off > limit);
            prop_assert!(ledger.is_full() || model <= limit + off);
            prop_assert!(!exceeded || ledger.is_full());
        }
    }

    #[test]
    fn one_thread_is_off_by_less_than_a_batch(changes in changes(), limit in 0..20 * BATCH) {
        let ledger = ledger(limit);
        let mut model = 0_usize;
        for (_, bytes) in changes {
            let was_full = ledger.is_full();
            let exceeded = ledger.add_signed(3, bytes);
            model = model.checked_add_signed(bytes).expect("nobody gives back more than is held");
            prop_assert!(!ledger.is_full() || model + BATCH > limit);
            prop_assert!(ledger.is_full() || model < limit + BATCH);
            // The change that exceeds the limit returns `true`.
            prop_assert!(was_full || !ledger.is_full() || exceeded);
        }
    }
}

#[test]
fn without_a_limit_it_is_never_full() {
    let ledger = ledger(usize::MAX);
    assert!(!ledger.add_signed(0, isize::MAX / 2));
    assert!(!ledger.is_full());
}
