//! Error messages about mistakes in the user's code.
//!
//! A mistake does not end the checks. Mistakes are collected, so that all independent parts are
//! checked and the user sees every mistake in one compilation. Messages have one style: lower-case,
//! no final period, code in backticks, "must" and "cannot". Help follows on separate lines that
//! look like the compiler's own.

use crate::code::{code, each};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::fmt::{self, Display};
use syn::{Attribute, Error};

/// The mistakes found so far, in the order in which they are reported.
pub(crate) struct Diagnostics {
    errors: Vec<Error>,
    /// Mistakes that exist only if all of their `#[cfg]`s hold. The compiler evaluates the `#[cfg]`s.
    conditional: Vec<(Vec<Attribute>, Error)>,
    finished: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self {
            errors: Vec::new(),
            conditional: Vec::new(),
            finished: false,
        }
    }

    pub(crate) fn push(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// Reports a mistake that exists only if all of `cfgs` hold. [`count`](Self::count) includes it
    /// only if `cfgs` is empty.
    pub(crate) fn push_where(&mut self, cfgs: Vec<Attribute>, error: Error) {
        if cfgs.is_empty() {
            self.push(error);
        } else {
            self.conditional.push((cfgs, error));
        }
    }

    /// Reports a mistake that spans all of `place`.
    pub(crate) fn report(&mut self, place: impl ToTokens, text: impl Display) {
        self.push(Error::new_spanned(place, text));
    }

    /// Returns the value of a result, or reports its error.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// The number of unconditional mistakes. A part is valid if its check did not change this
    /// number.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Combines the mistakes of a part into one error, which the caller reports.
    pub(crate) fn into_result(mut self) -> syn::Result<()> {
        self.finished = true;
        debug_assert!(self.conditional.is_empty(), "an error has no conditions");
        let errors = std::mem::take(&mut self.errors).into_iter();
        let all = errors.reduce(|mut all, error| {
            all.combine(error);
            all
        });
        all.map_or(Ok(()), Err)
    }

    /// One item per mistake, which makes the compiler report it.
    pub(crate) fn finish(mut self) -> Vec<TokenStream> {
        self.finished = true;
        let errors = std::mem::take(&mut self.errors).into_iter();
        let conditional = std::mem::take(&mut self.conditional).into_iter();
        let all = errors.map(|error| (Vec::new(), error)).chain(conditional);
        all.flat_map(|(cfgs, error)| {
            error.into_iter().map(move |error| {
                let error = error.into_compile_error();
                let cfgs = each(&cfgs);
                code!(Span::call_site()=> #cfgs #error).into()
            })
        })
        .collect()
    }
}

/// Detects mistakes that were collected and not reported. Without a report, the user's code would
/// silently not work.
impl Drop for Diagnostics {
    fn drop(&mut self) {
        debug_assert!(
            self.finished || std::thread::panicking(),
            "diagnostics were dropped without being reported"
        );
    }
}

/// An error message: a sentence about the mistake, and lines of help.
pub(crate) struct DiagnosticText(String);

pub(crate) fn message(sentence: impl Into<String>) -> DiagnosticText {
    DiagnosticText(sentence.into())
}

impl DiagnosticText {
    pub(crate) fn help(self, line: impl Display) -> Self {
        Self(format!("{}\n= help: {line}", self.0))
    }

    pub(crate) fn note(self, line: impl Display) -> Self {
        Self(format!("{}\n= note: {line}", self.0))
    }

    /// Adds "did you mean" if a similar word was found.
    pub(crate) fn did_you_mean(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.help(format_args!("did you mean `{near}`?")),
            None => self,
        }
    }
}

impl Display for DiagnosticText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lists words for a message: `` `a`, `b`, `c` ``.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// The candidate that was probably meant, if one is similar enough to `word`.
///
/// A candidate is similar enough if the number of edits is at most a third of the longer word's
/// length. One edit is always allowed. `word` is compared in lower case.
pub(crate) fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    among
        .into_iter()
        .map(|candidate| (edits(&word, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= (word.len().max(candidate.len()) / 3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The number of letters to insert, remove, replace or swap with their neighbour to turn `a` into
/// `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // `table[i][j]` is the result for the first `i` letters of `a` and the first `j` of `b`.
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in table.iter_mut().enumerate() {
        row[0] = i;
    }
    table[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let removed = table[i - 1][j] + 1;
            let inserted = table[i][j - 1] + 1;
            table[i][j] = replaced.min(removed).min(inserted);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                table[i][j] = table[i][j].min(table[i - 2][j - 2] + 1);
            }
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    #[test]
    fn edits_are_counted() {
        for (a, b, count) in [
            ("", "", 0),
            ("", "get", 3),
            ("get", "get", 0),
            ("gte", "get", 1),
            ("mesage", "message", 1),
            ("post", "put", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edits(a, b), count, "{a} → {b}");
            assert_eq!(edits(b, a), count, "{b} → {a}");
        }
    }

    #[test]
    fn a_typo_finds_its_word_and_another_word_does_not() {
        let options = ["path", "data", "idle_timeout", "max_payload_length"];
        for (typo, near) in [
            ("pth", Some("path")),
            ("Path", Some("path")),
            ("IDLE_TIMEOUT", Some("idle_timeout")),
            ("idel_timeout", Some("idle_timeout")),
            ("max_payload", None),
            ("colour", None),
        ] {
            assert_eq!(nearest(typo, options), near, "{typo}");
        }
    }

    #[test]
    fn every_mistake_is_reported_in_order() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Error::new(Span::call_site(), "first"));
        let mut second = Error::new(Span::call_site(), message("second").help("write it better"));
        second.combine(Error::new(Span::call_site(), "[note] third"));
        diagnostics.push(second);
        let reported: Vec<String> = diagnostics
            .finish()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(reported.len(), 3);
        assert!(reported[0].contains("first"), "{}", reported[0]);
        assert!(
            reported[1].contains(r"second\n= help: write it better"),
            "{}",
            reported[1]
        );
        assert!(reported[2].contains("[note] third"), "{}", reported[2]);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "without being reported")]
    fn mistakes_cannot_be_forgotten() {
        drop(Diagnostics::new());
    }
}
