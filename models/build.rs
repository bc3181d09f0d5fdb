//! Copies the runtime's files under test, and creates mutants of them. Each mutant lacks one rule.
//!
//! The text that a mutant replaces must occur exactly once, so that no mutant becomes stale when the file
//! changes.

use std::{env, fs, path::Path};

struct Mutant {
    name: &'static str,
    find: &'static str,
    replace: &'static str,
}

const PROTOCOL: &[Mutant] = &[
    Mutant {
        name: "guest_blocked_without_wake",
        find: "if writer == Writer::Guest { deferred.wake = state",
        replace: "if false { deferred.wake = state",
    },
    Mutant {
        name: "waker_stored_without_recheck",
        find: "if !state.queue.is_empty() && !state.blocked && !state.writing {",
        replace: "if false {",
    },
    Mutant {
        name: "sleep_on_blocked_without_polling",
        find: "if !blocked { let _ = wire.poll_flush(cx); return Poll::Pending;",
        replace: "if !blocked || blocked { return Poll::Pending;",
    },
    Mutant {
        name: "no_token",
        find: "|| state.writing ||",
        replace: "||",
    },
    Mutant {
        name: "no_wake_on_closing",
        find: "state.life = Life::Closing; state.waker.take()",
        replace: "state.life = Life::Closing; None",
    },
    Mutant {
        name: "no_wake_on_push",
        find: "if self.blocked { None } else { self.waker.take() }",
        replace: "None",
    },
    Mutant {
        name: "no_wake_on_flushed",
        find: "(state.drain_due || state.life != Life::Open)",
        replace: "false",
    },
    Mutant {
        name: "high_cleared_early",
        find: "state.writing = true;",
        replace: "state.writing = true; state.high = false;",
    },
    Mutant {
        name: "remainder_at_the_back",
        find: "state.queue.put_back(&mut batch, written);",
        replace: "state.queue.put_at_back(&mut batch, written);",
    },
    Mutant {
        name: "nudge_forgotten",
        find: "state.nudged = true;",
        replace: "",
    },
    Mutant {
        name: "refused_without_asking_the_kernel",
        find: "self.flush_as_guest(wire);",
        replace: "",
    },
    Mutant {
        name: "no_wake_on_shed",
        find: "let wake = state.waker.take(); drop(state); drop(cut);",
        replace: "let wake = None; drop(state); drop(cut);",
    },
    Mutant {
        name: "a_frame_is_torn",
        find: "state.queue.cut()",
        replace: "state.queue.cut_all()",
    },
];

/// The rules for a publisher that writes its message itself.
const THROUGH: &[Mutant] = &[
    Mutant {
        name: "through_before_the_queue",
        find: "if through && state.queue.is_empty() && !state.writing",
        replace: "if through && !state.writing",
    },
    Mutant {
        name: "through_without_token",
        find: "state.queue.is_empty() && !state.writing && !state.blocked {",
        replace: "state.queue.is_empty() && !state.blocked {",
    },
    Mutant {
        name: "through_without_waking_the_session",
        find: "Ok(mut state) if !state.queue.is_empty() => Deferred::wake(state.waker.take()),",
        replace: "",
    },
    Mutant {
        name: "goes_on_waiting_though_closing",
        find: "let may_wait = state.life == Life::Open && state.queue.is_empty()",
        replace: "let may_wait = true",
    },
    Mutant {
        name: "goes_on_waiting_though_blocked",
        find: "&& state.queue.is_empty() && !state.blocked && !state.drain_due && !state.nudged;",
        replace: ";",
    },
    Mutant {
        name: "through_to_a_closing_connection",
        find: "if state.life != Life::Open { return Deferred::default(); } if through",
        replace: "if through",
    },
];

const LEDGER: &[Mutant] = &[
    Mutant {
        name: "handed_over_twice",
        find: "let moved = shard.swap(0, Relaxed);",
        replace: "let moved = shard.load(Relaxed); shard.store(0, Relaxed);",
    },
    Mutant {
        name: "total_read_before",
        find: "let total = self.total.fetch_add(moved, Relaxed) + moved;",
        replace: "let total = self.total.load(Relaxed) + moved; self.total.fetch_add(moved, Relaxed);",
    },
];

const TOPIC: &[Mutant] = &[
    Mutant {
        name: "no_order_lock",
        find: "let mut order = self.order.lock(); self.settle(&mut order, &mut after); began(); let completed",
        replace: "let own = super::super::sync::Mutex::<Order>::new(None); let mut order = own.lock(); began(); let completed",
    },
    Mutant {
        name: "a_publish_under_way_is_overtaken",
        find: "order.as_ref().is_none_or(|order| order.underway.is_empty()) && self.publish_chunk(",
        replace: "self.publish_chunk(",
    },
    Mutant {
        name: "swap_remove_while_pinned",
        find: "if let Some(pinned) = &mut self.pinned { pinned.holes.push",
        replace: "if let Some(pinned) = None::<&mut Pinned> { pinned.holes.push",
    },
    Mutant {
        name: "holes_closed_by_the_first_to_end",
        find: "if pinned.pins > 0 { return; }",
        replace: "",
    },
    Mutant {
        name: "moving_end",
        find: "let stop = pass.end",
        replace: "pass.end = members.slots.len(); let stop = pass.end",
    },
    Mutant {
        name: "a_former_member_receives_a_message",
        find: "if slot.is_some_and(|other| Arc::ptr_eq(other, &member)) {",
        replace: "{",
    },
    Mutant {
        name: "no_dead_mark",
        find: "members.dead = remain == 0;",
        replace: "",
    },
];

/// The rules for gathering messages.
const GATHER: &[Mutant] = &[
    Mutant {
        name: "not_handed_out_before_a_send",
        find: "self.publish_gathered(&mut order, through, &mut after);",
        replace: "",
    },
    Mutant {
        name: "handed_out_after_pending",
        find: "group.is_some_and(|group| group.publisher == publisher) {",
        replace: "false {",
    },
    Mutant {
        name: "counted_while_a_member_turns_high",
        find: "None => self.apart.push(member.clone()),",
        replace: "None => self.count += 1,",
    },
    Mutant {
        name: "members_change_while_they_are_counted",
        find: "members.gathers = true; members.pin();",
        replace: "members.pin();",
    },
    Mutant {
        name: "members_change_while_a_group_is_open",
        find: "if !members.gathers { return members; }",
        replace: "if true { return members; }",
    },
    Mutant {
        name: "a_leaving_member_is_not_served",
        find: "let deferred = members.serve(position); let left",
        replace: "let deferred = super::member::Deferred::default(); let left",
    },
    Mutant {
        name: "a_closing_member_is_served_twice",
        find: "hand_out.early.push(position as u32);",
        replace: "",
    },
    Mutant {
        name: "a_member_apart_is_served_twice",
        find: "&& !self.apart.iter().any(|other| Arc::ptr_eq(other, member))",
        replace: "",
    },
    Mutant {
        name: "a_publish_overtakes_a_group",
        find: "self.settle(&mut order, &mut after); began(); let completed",
        replace: "began(); let completed",
    },
];

fn main() {
    write(
        "protocol",
        "../router/src/outbox/protocol.rs",
        &[PROTOCOL, THROUGH],
    );
    write("ledger", "../router/src/memory/ledger.rs", &[LEDGER]);
    write("topic", "../router/src/hub/topic.rs", &[TOPIC, GATHER]);
}

/// Returns the code of a file, with its child modules inlined.
fn read(source: &Path) -> String {
    println!("cargo::rerun-if-changed={}", source.display());
    let text = fs::read_to_string(source).expect("the runtime's sources are beside this package");
    // The file's own unit tests are left out, because they need the runtime.
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut text = one_line(text);
    let folder = source.with_extension("");
    for child in folder.read_dir().into_iter().flatten() {
        let child = child.expect("the folder can be read").path();
        let name = child.file_stem().unwrap_or_default().to_string_lossy();
        let declared = format!("mod {name};");
        if text.contains(&declared) {
            text = text.replace(&declared, &format!("mod {name} {{ {} }}", read(&child)));
        }
    }
    text
}

fn write(name: &str, source: &str, mutants: &[&[Mutant]]) {
    let text = read(Path::new(source));

    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    let file = |suffix: &str| Path::new(&folder).join(format!("{name}_{suffix}.rs"));
    fs::write(file("original"), &text).expect("cargo's folder can be written to");
    for Mutant {
        name,
        find,
        replace,
    } in mutants.iter().copied().flatten()
    {
        let find = one_line(find);
        let count = text.matches(&find).count();
        assert_eq!(
            count, 1,
            "mutant `{name}`: its text occurs {count} times in {source}"
        );
        fs::write(file(name), text.replace(&find, replace))
            .expect("cargo's folder can be written to");
    }
}

/// Returns the code without comments and with single spaces, so that its layout does not matter.
fn one_line(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}
