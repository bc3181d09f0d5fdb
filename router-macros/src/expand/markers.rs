//! What becomes of `#[route]` and `#[on]`, which the attribute of the block takes off.
//!
//! Each leaves a marker, `#[route(__consumed)] const _: () = ();`, with the path as the user wrote
//! it. So the compiler resolves the name: an import is used, a missing one is an error, and an
//! editor finds the definition. The attribute itself makes nothing of a marker; anywhere else, it
//! stands outside of a block.

use super::glue;
use crate::{
    diagnostics::{Diagnostics, message},
    parse::{
        attribute::{CONSUMED, Inner, InnerAttribute, cfgs},
        impl_block::{ImplBlock, Item},
    },
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{TokenStreamExt as _, quote_spanned};
use syn::{Attribute, Path};

/// A marker for each attribute that the block prints itself without.
pub(super) fn of(block: &ImplBlock) -> Vec<TokenStream> {
    let on_items = block.items.iter().flat_map(|item| {
        let of = |attrs: &[Attribute], inner: &[InnerAttribute]| {
            let cfgs = cfgs(attrs);
            let inner = inner.iter();
            inner
                .map(|inner| marker(inner.attribute.path(), &cfgs))
                .collect()
        };
        match item {
            Item::Method(method) => of(&method.attrs, &method.inner),
            Item::Other(other) => of(&other.attrs, &other.inner),
            Item::Broken { inner, .. } => of_paths(inner),
            Item::Macro { .. } => Vec::new(),
        }
    });
    let on_block = block
        .stacked
        .iter()
        .map(|stacked| marker(stacked.path(), &[]));
    on_items.chain(on_block).collect()
}

/// The same, for attributes of what could not be parsed.
pub(super) fn of_paths(paths: &[Path]) -> Vec<TokenStream> {
    paths.iter().map(|path| marker(path, &[])).collect()
}

fn marker(path: &Path, cfgs: &[Attribute]) -> TokenStream {
    let span = glue(Span::call_site());
    let consumed = Ident::new(CONSUMED, span);
    quote_spanned!(span=> #(#cfgs)* #[#path(#consumed)] const _: () = ();)
}

/// Whether an attribute stands on a marker.
pub(super) fn is_consumed(arguments: &TokenStream) -> bool {
    arguments.to_string() == CONSUMED
}

/// Expands `#[route]` or `#[on]` that no block's attribute has taken off.
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
    .note("the block does not see it under another name, or behind `cfg_attr`");
    let mut diagnostics = Diagnostics::new();
    diagnostics.report(arguments, text);
    let mut tokens = item;
    tokens.append_all(diagnostics.finish());
    tokens
}
