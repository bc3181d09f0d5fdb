//! A topic: members that stay receive each message once, in one order for all; members that join or leave
//! meanwhile receive each message at most once; no join is lost to a topic that is being removed.

#[path = "../common/mod.rs"]
mod common;

#[path = "../../../router/src/hub/published.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "only a part of the runtime's file is needed here"
)]
mod published;

mod member;
mod scenarios;
mod sync;

macro_rules! variant {
    ($name:ident) => {
        #[allow(
            dead_code,
            reason = "each mutant has all scenarios, and its test uses only some of them"
        )]
        mod $name {
            use super::{member, published, sync};

            #[allow(
                dead_code,
                unused_variables,
                unused_mut,
                unused_imports,
                clippy::all,
                dropping_copy_types,
                reason = "mutants contain unused and unusual code"
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
fn messages_of_two_publishers_arrive_in_one_order() {
    common::check(original::messages_of_two_publishers_arrive_in_one_order);
}

#[test]
fn publishes_in_steps_and_at_once_arrive_in_one_order() {
    common::check(original::publishes_in_steps_and_at_once_arrive_in_one_order);
}

#[test]
fn the_last_member_leaves_while_another_joins() {
    common::check(original::the_last_member_leaves_while_another_joins);
}

#[test]
fn a_full_member_leaves_while_publishing() {
    common::check(original::a_full_member_leaves_while_publishing);
}

#[test]
fn gathered_against_leave_and_join() {
    common::check(original::gathered_against_leave_and_join);
}

#[test]
fn gathered_against_close() {
    common::check(original::gathered_against_close);
}

#[test]
fn gathered_against_a_publish() {
    common::check(original::gathered_against_a_publish);
}

#[test]
fn a_publish_arrives_after_gathered_messages() {
    common::check(original::a_publish_arrives_after_gathered_messages);
}

#[test]
fn gathered_against_a_send() {
    common::check(original::gathered_against_a_send);
}

#[test]
fn gathered_against_a_wait() {
    common::check(original::gathered_against_a_wait);
}

#[test]
fn gathered_against_a_member_that_turns_high() {
    common::check(original::gathered_against_a_member_that_turns_high);
}

mod mutants {
    use super::*;

    common::mutants! {
        no_order_lock: messages_of_two_publishers_arrive_in_one_order;
        a_publish_under_way_is_overtaken: publishes_in_steps_and_at_once_arrive_in_one_order;
        swap_remove_while_pinned: leave_and_rejoin_while_publishing, leave_and_rejoin_while_listing;
        holes_closed_by_the_first_to_end: leave_and_rejoin_while_listing;
        moving_end: leave_and_rejoin_while_publishing;
        no_dead_mark: the_last_member_leaves_while_another_joins;
        a_former_member_receives_a_message: a_full_member_leaves_while_publishing;
        not_handed_out_before_a_send: gathered_against_a_send;
        handed_out_after_pending: gathered_against_a_wait;
        counted_while_a_member_turns_high: gathered_against_a_member_that_turns_high;
        members_change_while_they_are_counted: gathered_against_close, gathered_against_leave_and_join;
        members_change_while_a_group_is_open: gathered_against_close, gathered_against_leave_and_join;
        a_leaving_member_is_not_served: gathered_against_leave_and_join;
        a_closing_member_is_served_twice: gathered_against_close;
        a_member_apart_is_served_twice: gathered_against_a_member_that_turns_high;
        a_publish_overtakes_a_group: a_publish_arrives_after_gathered_messages;
    }
}
