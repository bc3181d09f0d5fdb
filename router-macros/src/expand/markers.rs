//! Markers for `#[route]` and `#[on]`, which the attribute of the block removes.
//!
//! Each removed attribute leaves a marker, `#[route(__consumed)] const _: () = ();`, with the
//! attribute's path as the user wrote it. The compiler therefore resolves this path: an import
//! counts as used, a missing import is an error, and an editor finds the definition. On a marker,
//! the attribute expands to nothing. Anywhere else, it is outside of a block, which is an error.
//!
//! Unconditional attributes with the same path share one marker, because each marker is a call of a
//! macro.

use super::site::hygienic_at;
use crate::{
    code::{code, each},
    diagnostics::{Diagnostics, message},
    parse::{
        attribute::{CONSUMED, Inner, cfgs},
        impl_block::{BlockItem, ImplBlock},
    },
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::TokenStreamExt as _;
use syn::{Attribute, Path};

/// Returns a marker for each attribute that the macro removes from the block.
pub(super) fn of(block: &ImplBlock) -> Vec<TokenStream> {
    let mut markers = Markers::default();
    for item in &block.items {
        let (attrs, inner) = match item {
            BlockItem::Method(method) => (&method.attrs, &method.inner),
            BlockItem::Other(other) => (&other.attrs, &other.inner),
            BlockItem::Broken { inner, .. } => {
                markers.add(inner, &[]);
                continue;
            }
            BlockItem::Macro { .. } => continue,
        };
        let paths = inner.iter().map(|inner| inner.attribute.path());
        markers.add(paths, &cfgs(attrs));
    }
    markers.add(block.stacked.iter().map(Attribute::path), &[]);
    markers.tokens
}

/// Markers for the attributes of an item that could not be parsed.
pub(super) fn of_paths(paths: &[Path]) -> Vec<TokenStream> {
    let mut markers = Markers::default();
    markers.add(paths, &[]);
    markers.tokens
}

#[derive(Default)]
struct Markers<'a> {
    unconditional: Vec<&'a Path>,
    tokens: Vec<TokenStream>,
}

impl<'a> Markers<'a> {
    fn add(&mut self, paths: impl IntoIterator<Item = &'a Path>, cfgs: &[Attribute]) {
        for path in paths {
            if cfgs.is_empty() {
                if self.unconditional.iter().any(|other| is_same(other, path)) {
                    continue;
                }
                self.unconditional.push(path);
            }
            let span = hygienic_at(Span::call_site());
            let consumed = Ident::new(CONSUMED, span);
            let cfgs = each(cfgs);
            let marker = code!(span=> #cfgs #[#path(#consumed)] const _: () = (););
            self.tokens.push(marker.into());
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let mut pairs = one.segments.iter().zip(&other.segments);
    one.leading_colon.is_some() == other.leading_colon.is_some()
        && one.segments.len() == other.segments.len()
        && pairs.all(|(one, other)| one.ident == other.ident)
}

/// Whether the attribute with these arguments is on a marker.
pub(super) fn is_consumed(arguments: &TokenStream) -> bool {
    arguments.to_string() == CONSUMED
}

/// Expands a `#[route]` or `#[on]` that no block's attribute has removed.
pub(crate) fn inner(inner: Inner, arguments: TokenStream, item: TokenStream) -> TokenStream {
    if is_consumed(&arguments) {
        return TokenStream::new();
    }
    let blocks = match inner {
        Inner::Route => "`#[routes]` or `#[websocket]`",
        Inner::On => "`#[websocket]`",
    };
    let text = message(format!(
        "`#[{}]` must be inside an `impl` block marked {blocks}",
        inner.name()
    ))
    .help(format_args!(
        "in such a block, write `#[{}]` under this name, and `#[cfg]` on the method instead of `cfg_attr`",
        inner.name()
    ));
    let mut diagnostics = Diagnostics::new();
    diagnostics.report(arguments, text);
    let mut tokens = item;
    tokens.append_all(diagnostics.finish());
    tokens
}
