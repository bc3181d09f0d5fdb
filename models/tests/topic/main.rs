//! A topic: who stays a member gets each message once, in one order for all; who leaves or comes
//! meanwhile gets each at most once; a join is never lost to a topic that is being removed.

#[path = "../common/mod.rs"]
mod common;

#[path = "../../../router/src/hub/published.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the runtime's file, of which a part is needed here"
)]
mod published;

mod member;
mod scenarios;
mod sync;

macro_rules! variant {
    ($name:ident) => {
        #[allow(
            dead_code,
            reason = "a mutant has the scenarios that are to catch it, and others"
        )]
        mod $name {
            use super::{member, published, sync};

            #[allow(
                dead_code,
                unused_variables,
                unused_imports,
                clippy::all,
                dropping_copy_types,
                reason = "a mutant leaves things unused, and looks odd"
            )]
            pub(super) mod topic {
                include!(concat!(
                    env!("OUT_DIR"),
                    "/topic_",
                    stringify!($name),
                    ".rs"
                ));
            }
            super::scenarios::scenarios!(topic);
        }
    };
}

variant!(original);

#[test]
fn leave_and_rejoin_while_publishing() {
    common::check(original::leave_and_rejoin_while_publishing);
}

#[test]
fn leave_and_rejoin_while_listing() {
    common::check(original::leave_and_rejoin_while_listing);
}

#[test]
fn two_publishers_are_seen_in_one_order() {
    common::check(original::two_publishers_are_seen_in_one_order);
}

#[test]
fn a_publish_in_steps_and_another_are_seen_in_one_order() {
    common::check(original::a_publish_in_steps_and_another_are_seen_in_one_order);
}

#[test]
fn the_last_leaves_while_another_joins() {
    common::check(original::the_last_leaves_while_another_joins);
}

mod mutants {
    use super::*;

    common::mutants! {
        no_order_lock: two_publishers_are_seen_in_one_order;
        underway_is_overtaken: a_publish_in_steps_and_another_are_seen_in_one_order;
        swap_remove_while_pinned: leave_and_rejoin_while_publishing, leave_and_rejoin_while_listing;
        holes_closed_by_the_first_to_end: leave_and_rejoin_while_listing;
        moving_end: leave_and_rejoin_while_publishing;
        no_dead_mark: the_last_leaves_while_another_joins;
    }
}
