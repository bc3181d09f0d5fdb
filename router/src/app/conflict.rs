//! Detects, at compile time, routes of two modules that answer the same requests.
//!
//! `#[app]` generates a constant per module that compares it with the modules before it. Everything
//! here is therefore `const fn`, which cannot use iterators, `String` or trait methods.

use super::module::{Module, Route, RouteKind};
use http::Method;
use router_pattern::{closing_brace, is_wildcard, same_shape};
use std::marker::PhantomData;

/// A module `M` and a list `L` of the modules before it: `(((), A), B)`. If one of the types is not a
/// module, [`Unmounted`] provides `CONFLICTS`.
pub struct Pairs<L, M>(PhantomData<(L, M)>);

impl<L: List<M>, M: Module> Pairs<L, M> {
    /// The conflicts between `M` and the modules of `L`.
    pub const CONFLICTS: &'static Conflicts = L::CONFLICTS;
}

/// A list of modules that can be compared with the module `M`.
pub trait List<M> {
    const CONFLICTS: &'static Conflicts;
}

impl<M> List<M> for () {
    const CONFLICTS: &'static Conflicts = &Conflicts::NONE;
}

impl<L: List<B>, A: Module, B: Module> List<B> for (L, A) {
    /// A fingerprint is a hash of a route's kind and of the shape of its pattern. The tables of routes
    /// are compared only if two fingerprints are equal. This saves compile time: the tables contain the line
    /// numbers of the handlers, so the compiler repeats a comparison of tables whenever a line is added.
    const CONFLICTS: &'static Conflicts = if Of::<A>::PRINTS.meet(&Of::<B>::PRINTS) {
        &compared::<A, B>(L::CONFLICTS)
    } else {
        L::CONFLICTS
    };
}

/// Causes a compile error, at the caller, if a module conflicts with others.
#[track_caller]
pub const fn apart(conflicts: &[&'static Conflicts]) {
    let mut found = Conflicts::NONE;
    let mut at = 0;
    while at < conflicts.len() {
        found.append(conflicts[at]);
        at += 1;
    }
    assert!(found.is_none(), "{}", found.text());
}

/// Holds the fingerprints of the module `M` as a constant, which is evaluated once per module.
struct Of<M>(PhantomData<M>);

impl<M: Module> Of<M> {
    const PRINTS: Prints = Prints::of(M::ROUTES);
}

/// The fingerprints of a module's routes. Each fingerprint sets one of 1,024 bits, so two modules without
/// a bit in common have no conflict. A large app has thousands of pairs of modules, and hardly any pair
/// has a bit in common.
struct Prints([u128; 8]);

impl Prints {
    const fn of<M>(routes: &[Route<M>]) -> Self {
        let mut bits = [0; 8];
        let mut at = 0;
        while at < routes.len() {
            let (word, bit) = Self::place(routes[at].fingerprint);
            bits[word] |= bit;
            at += 1;
        }
        Self(bits)
    }

    /// The word and the bit of a fingerprint. The lowest bits of an FNV hash are the best distributed.
    const fn place(fingerprint: u64) -> (usize, u128) {
        let place = fingerprint % 1024;
        (place as usize / 128, 1 << (place % 128))
    }

    const fn has(&self, fingerprint: u64) -> bool {
        let (word, bit) = Self::place(fingerprint);
        self.0[word] & bit != 0
    }

    /// Whether the two sets have a bit in common. There is no loop, because a single iteration of one
    /// takes the compiler longer than this expression.
    const fn meet(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        let low = a[0] & b[0] | a[1] & b[1] | a[2] & b[2] | a[3] & b[3];
        let high = a[4] & b[4] | a[5] & b[5] | a[6] & b[6] | a[7] & b[7];
        low | high != 0
    }
}

const fn compared<A: Module, B: Module>(before: &Conflicts) -> Conflicts {
    let (firsts, seconds) = (A::ROUTES, B::ROUTES);
    let mut found = *before;
    let mut second = 0;
    while second < seconds.len() {
        let fingerprint = seconds[second].fingerprint;
        if Of::<A>::PRINTS.has(fingerprint) {
            let mut first = 0;
            while first < firsts.len() {
                if firsts[first].fingerprint == fingerprint {
                    found.compare(&firsts[first], &seconds[second]);
                }
                first += 1;
            }
        }
        second += 1;
    }
    found
}

/// Provides `CONFLICTS` for types that are not modules. The compiler reports such a type where it is
/// mounted; this default avoids a second error about it.
pub trait Unmounted {
    /// No conflicts.
    const CONFLICTS: &'static Conflicts = &Conflicts::NONE;
}

impl<L, M> Unmounted for Pairs<L, M> {}

/// The number of bytes reserved for the text of a [`Conflicts`]. A longer text is truncated.
const ROOM: usize = 4096;

/// The number of conflicts after which a text only notes that there are more.
const LISTED: usize = 3;

/// Pairs of conflicting routes, as the text of a compile error.
#[derive(Clone, Copy)]
pub struct Conflicts {
    text: [u8; ROOM],
    length: usize,
    found: usize,
}

impl Conflicts {
    const NONE: Self = Self {
        text: [0; ROOM],
        length: 0,
        found: 0,
    };

    const fn is_none(&self) -> bool {
        self.found == 0
    }

    const fn append(&mut self, other: &Self) {
        if other.is_none() {
            return;
        }
        if self.found > 0 {
            self.push("\n");
        }
        self.push(other.text());
        self.found += other.found;
    }

    const fn text(&self) -> &str {
        let (text, _) = self.text.split_at(self.length);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            // The text was truncated within a character.
            Err(error) => match std::str::from_utf8(text.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }

    const fn compare<A, B>(&mut self, first: &Route<A>, second: &Route<B>) {
        let method = second.kind.known();
        if !is_same(first.kind.known(), method) || !same_shape(first.pattern, second.pattern) {
            return;
        }
        self.found += 1;
        if self.found > LISTED {
            if self.found == LISTED + 1 {
                self.push("\n= note: there are more conflicts");
            }
            return;
        }
        if self.found > 1 {
            self.push("\n");
        }
        if is_same(first.pattern, second.pattern) {
            self.push("duplicate route `");
            self.push_route(method, second.pattern);
            self.push("`: ");
            self.push_origin(first);
            if is_same(first.name, second.name) && first.place.line() == second.place.line() {
                self.push(" is mounted twice");
            } else {
                self.push(" and ");
                self.push_origin(second);
            }
            return;
        }
        self.push("route `");
        self.push_route(method, second.pattern);
        self.push("` of ");
        self.push_origin(second);
        self.push(" conflicts with `");
        self.push_route(method, first.pattern);
        self.push("` of ");
        self.push_origin(first);
        self.push("\n= note: both match `");
        // A WebSocket handshake is a GET request.
        let is_socket = matches!(second.kind, RouteKind::Socket);
        self.push(if is_socket { "GET" } else { method });
        self.push(" ");
        self.push_example(second.pattern);
        self.push("`");
    }

    const fn push_route(&mut self, method: &str, pattern: &str) {
        self.push(method);
        self.push(" ");
        self.push(pattern);
    }

    const fn push_origin<M>(&mut self, route: &Route<M>) {
        self.push("`");
        self.push(route.name);
        self.push("`");
        self.push(" (");
        self.push(route.place.file());
        self.push(":");
        self.push_number(route.place.line());
        self.push(")");
    }

    /// The same as [`Pattern::example`](router_pattern::Pattern::example), for constants.
    const fn push_example(&mut self, pattern: &str) {
        let pattern = pattern.as_bytes();
        let mut at = 0;
        while at < pattern.len() {
            if pattern[at] == b'{' {
                self.push(if is_wildcard(pattern, at) { "1/2" } else { "1" });
                at = closing_brace(pattern, at);
            } else {
                self.push_byte(pattern[at]);
            }
            at += 1;
        }
    }

    const fn push_number(&mut self, number: u32) {
        if number > 9 {
            self.push_number(number / 10);
        }
        self.push_byte(b'0' + (number % 10) as u8);
    }

    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            self.push_byte(text[at]);
            at += 1;
        }
    }

    const fn push_byte(&mut self, byte: u8) {
        if self.length < ROOM {
            self.text[self.length] = byte;
            self.length += 1;
        }
    }
}

impl RouteKind {
    /// The same as [`as_str`](Self::as_str), for constants.
    pub(super) const fn known(&self) -> &'static str {
        match self {
            Self::Socket => "WebSocket",
            Self::Any => "any",
            Self::Method(Method::GET) => "GET",
            Self::Method(Method::POST) => "POST",
            Self::Method(Method::PUT) => "PUT",
            Self::Method(Method::DELETE) => "DELETE",
            Self::Method(Method::HEAD) => "HEAD",
            Self::Method(Method::OPTIONS) => "OPTIONS",
            Self::Method(Method::PATCH) => "PATCH",
            Self::Method(Method::TRACE) => "TRACE",
            Self::Method(Method::CONNECT) => "CONNECT",
            // A constant cannot have any other method.
            Self::Method(_) => "?",
        }
    }
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

#[cfg(test)]
#[path = "conflict_tests.rs"]
mod tests;
