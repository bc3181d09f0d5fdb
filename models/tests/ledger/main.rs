//! The count of held memory: no bytes are lost or counted twice, and an excess is always reported.

#[path = "../common/mod.rs"]
mod common;

mod scenarios;
mod sync;

macro_rules! variant {
    ($name:ident) => {
        #[allow(
            dead_code,
            reason = "each mutant has all scenarios, and its test uses only some of them"
        )]
        mod $name {
            use super::sync;

            #[allow(
                dead_code,
                unreachable_pub,
                clippy::all,
                reason = "only a part of the runtime's file is needed here"
            )]
            pub(super) mod ledger {
                include!(concat!(
                    env!("OUT_DIR"),
                    "/ledger_",
                    stringify!($name),
                    ".rs"
                ));
            }
            super::scenarios::scenarios!(ledger);
        }
    };
}

variant!(original);

#[test]
fn a_shared_shard() {
    common::check(original::a_shared_shard);
}

#[test]
fn an_excess_is_reported() {
    common::check(original::an_excess_is_reported);
}

mod mutants {
    use super::*;

    common::mutants! {
        handed_over_twice: a_shared_shard;
        total_read_before: an_excess_is_reported;
    }
}
