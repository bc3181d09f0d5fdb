//! Copies the runtime's files under test, and makes mutants of them: each one rule less.
//!
//! A mutant's text must occur exactly once, so that none goes stale when the file changes.

use std::{env, fs, path::Path};

struct Mutant {
    name: &'static str,
    find: &'static str,
    replace: &'static str,
}

const PROTOCOL: &[Mutant] = &[
    Mutant {
        name: "guest_blocked_without_wake",
        find: "if writer == Writer::Guest { wake = state",
        replace: "if false { wake = state",
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
        find: "state.queue.put_back(batch, written);",
        replace: "state.queue.put_at_back(batch, written);",
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
        find: "let mut order = self.order.lock(); began(); let through",
        replace: "let own = Mutex::new(None); let mut order = own.lock(); began(); let through",
    },
    Mutant {
        name: "underway_is_overtaken",
        find: "order.is_none() && self.hand_out(",
        replace: "self.hand_out(",
    },
    Mutant {
        name: "swap_remove_while_pinned",
        find: "if let Some(pinned) = &mut self.pinned {",
        replace: "if let Some(pinned) = None::<&mut Pinned> {",
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
        name: "no_dead_mark",
        find: "members.dead = remain == 0;",
        replace: "",
    },
];

fn main() {
    write("protocol", "../router/src/outbox/protocol.rs", PROTOCOL);
    write("ledger", "../router/src/memory/ledger.rs", LEDGER);
    write("topic", "../router/src/hub/topic.rs", TOPIC);
}

fn write(name: &str, source: &str, mutants: &[Mutant]) {
    println!("cargo::rerun-if-changed={source}");
    let text = fs::read_to_string(source).expect("the runtime's sources lie beside this package");
    // The file's own unit tests need the runtime.
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let text = one_line(text);

    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    let file = |suffix: &str| Path::new(&folder).join(format!("{name}_{suffix}.rs"));
    fs::write(file("original"), &text).expect("cargo's folder can be written to");
    for Mutant {
        name,
        find,
        replace,
    } in mutants
    {
        let find = one_line(find);
        let count = text.matches(&find).count();
        assert_eq!(
            count, 1,
            "mutant `{name}`: its text occurs {count} times in {source}"
        );
        fs::write(file(name), text.replace(&find, replace)).expect("as above");
    }
}

/// The code without comments, and with single spaces: how it is laid out does not matter.
fn one_line(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}
