//! The outbox: no accepted message is lost, duplicated or reordered; the session does not sleep while it has
//! work; and one drain is reported per backlog.

#[path = "../common/mod.rs"]
mod common;

#[path = "../../../router/src/outbox/status.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "only a part of the runtime's file is needed here"
)]
mod status;

mod ending;
mod queue;
mod scenarios;
mod sync;
mod wire;

/// The protocol under test, or a mutant of it, with its scenarios.
macro_rules! variant {
    ($name:ident) => {
        #[allow(
            dead_code,
            reason = "each mutant has all scenarios, and its test uses only some of them"
        )]
        mod $name {
            use super::{ending, queue, status, sync, wire};

            #[allow(
                dead_code,
                unused_variables,
                unused_mut,
                unused_imports,
                clippy::all,
                reason = "mutants contain unused and unusual code"
            )]
            pub(super) mod protocol {
                include!(concat!(
                    env!("OUT_DIR"),
                    "/protocol_",
                    stringify!($name),
                    ".rs"
                ));
            }
            super::scenarios::scenarios!(protocol);
        }
    };
}

variant!(original);

#[test]
fn two_publishers_and_a_closer() {
    common::check(original::two_publishers_and_a_closer);
}

#[test]
fn a_publisher_writes_through() {
    common::check(original::a_publisher_writes_through);
}

#[test]
fn a_publisher_writes_through_half_a_frame() {
    common::check(original::a_publisher_writes_through_half_a_frame);
}

#[test]
fn a_publisher_writes_for_the_session() {
    common::check(original::a_publisher_writes_for_the_session);
}

#[test]
fn a_publisher_writes_for_the_session_and_is_refused() {
    common::check(original::a_publisher_writes_for_the_session_and_is_refused);
}

#[test]
fn a_kernel_that_takes_half_a_frame() {
    common::check(original::a_kernel_that_takes_half_a_frame);
}

#[test]
fn a_guest_at_the_limit() {
    common::check(original::a_guest_at_the_limit);
}

#[test]
fn a_guest_is_refused() {
    common::check(original::a_guest_is_refused);
}

#[test]
fn a_nudge() {
    common::check(original::a_nudge);
}

#[test]
fn a_guest_writes_the_close() {
    common::check(original::a_guest_writes_the_close);
}

#[test]
fn a_shed_in_the_middle_of_a_frame() {
    common::check(original::a_shed_in_the_middle_of_a_frame);
}

#[test]
fn a_shed_while_a_guest_writes() {
    common::check(original::a_shed_while_a_guest_writes);
}

mod mutants {
    use super::*;

    common::mutants! {
        guest_blocked_without_wake: a_guest_is_refused;
        waker_stored_without_recheck: two_publishers_and_a_closer, a_kernel_that_takes_half_a_frame;
        sleep_on_blocked_without_polling: a_kernel_that_takes_half_a_frame;
        no_token: a_guest_writes_the_close, a_guest_at_the_limit;
        no_wake_on_closing: two_publishers_and_a_closer;
        no_wake_on_push: two_publishers_and_a_closer, a_kernel_that_takes_half_a_frame;
        no_wake_on_flushed: a_guest_writes_the_close;
        high_cleared_early: a_kernel_that_takes_half_a_frame;
        remainder_at_the_back: a_kernel_that_takes_half_a_frame;
        through_before_the_queue: a_publisher_writes_through_half_a_frame;
        through_without_token: a_publisher_writes_through, a_publisher_writes_through_half_a_frame;
        through_without_waking_the_session: a_publisher_writes_through;
        through_to_a_closing_connection: a_publisher_writes_through;
        goes_on_waiting_though_closing: a_publisher_writes_for_the_session;
        goes_on_waiting_though_blocked: a_publisher_writes_for_the_session_and_is_refused;
        nudge_forgotten: a_nudge;
        refused_without_asking_the_kernel: a_guest_at_the_limit;
        no_wake_on_shed: a_shed_in_the_middle_of_a_frame;
        a_frame_is_torn: a_shed_in_the_middle_of_a_frame;
    }
}
