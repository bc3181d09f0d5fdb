//! From the model to code.
//!
//! What is generated stands beside the user's block, which stays as it was but for our attributes.
//! Two kinds of spans are used. Most tokens are [`glue`]: they resolve like the macro's own, so no
//! name of the user's can get in their way and no lint speaks of them. Tokens where the compiler
//! may find a fault of the user's have the span of what the user wrote, and nothing else.

pub(crate) mod app;
mod assertions;
mod connect;
mod event;
mod inputs;
pub(crate) mod markers;
mod socket;
mod table;

use crate::{
    diagnostics::Diagnostics,
    parse::{
        arguments,
        attribute::{self, Outer, cfgs},
        impl_block::ImplBlock,
    },
    paths::CrateRoot,
    tokens::mentions,
    validate,
};
use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote_spanned};
use syn::{Attribute, Expr, Type, spanned::Spanned as _};

/// Expands `#[routes]` or `#[websocket]`.
pub(crate) fn block(outer: Outer, arguments: TokenStream, item: TokenStream) -> TokenStream {
    if markers::is_consumed(&arguments) {
        return TokenStream::new();
    }
    let mut diagnostics = Diagnostics::new();
    if let Some(error) = attribute::is_for_a_method(&arguments, &item) {
        diagnostics.push(error);
        return beside(&item, &[], diagnostics.finish());
    }
    let (root, arguments) = arguments::block(outer, arguments, &mut diagnostics);
    let block = match ImplBlock::parse(outer, item.clone()) {
        Ok(block) => block,
        Err(error) => {
            diagnostics.push(error);
            let (inner, mut tokens) = attribute::strip(item);
            tokens.append_all(markers::of_paths(&inner));
            tokens.append_all(diagnostics.finish());
            return tokens;
        }
    };
    let mut items = markers::of(&block);
    if let Some(module) = validate::module(arguments, &block, &mut diagnostics)
        && root.is_known()
    {
        items.push(table::implementation(&root, &module));
        if let Some(socket) = &module.socket {
            items.push(socket::implementation(&root, &module, socket));
        }
        items.extend(assertions::of(&root, &module));
    }
    items.extend(diagnostics.finish());
    beside(&block, &block.attrs, items)
}

/// The user's item, and generated ones, each conditional on what the user's is conditional on.
fn beside(item: &impl ToTokens, attrs: &[Attribute], generated: Vec<TokenStream>) -> TokenStream {
    let cfgs = cfgs(attrs);
    let mut tokens = item.to_token_stream();
    for item in generated {
        tokens.append_all(&cfgs);
        tokens.extend(item);
    }
    tokens
}

/// Resolves like the macro's own code, and stands where something of the user's stands.
fn glue(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// Where the first and the last of some tokens stand: on stable there is no span of both.
fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut spans = tokens.into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// A number of any integer type: nothing is cut off, and a negative number is a large one.
///
/// The call stands from the expression's first token to its last, as the expression does: what is
/// said twice at one place is shown once.
fn widened(root: &CrateRoot, expr: &Expr) -> TokenStream {
    let (here, last) = ends(expr.to_token_stream());
    let integer = root.at(here).integer;
    let mut value = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    value.set_span(last);
    let span = glue(here);
    quote_spanned!(span=> (#integer #value as ::core::primitive::u128))
}

/// `<Output as Trait>`, so that a handler's return type is underlined when it lacks the trait; or
/// just `Trait`, where there is no type to write.
fn of_output(output: Option<&Type>, trait_: TokenStream) -> TokenStream {
    match output {
        Some(ty) if mentions(ty.to_token_stream(), "impl") => {
            quote_spanned!(ty.span()=> <_ as #trait_>)
        }
        Some(ty) => quote_spanned!(ty.span()=> <#ty as #trait_>),
        None => trait_,
    }
}
