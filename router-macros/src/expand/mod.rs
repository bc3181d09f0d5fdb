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
    code::{Code, Written, code, written},
    diagnostics::Diagnostics,
    model::{Module, signature::Handler},
    parse::{
        arguments,
        attribute::{self, Outer, cfgs},
        impl_block::ImplBlock,
    },
    paths::CrateRoot,
    tokens::ends,
    types, validate,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote_spanned};
use syn::{Attribute, Expr};

/// Expands `#[routes]` or `#[websocket]`.
pub(crate) fn block(outer: Outer, arguments: TokenStream, item: TokenStream) -> TokenStream {
    if markers::is_consumed(&arguments) {
        return TokenStream::new();
    }
    let mut diagnostics = Diagnostics::new();
    let parsed = ImplBlock::parse(outer, item.clone());
    if parsed.is_err()
        && let Some(error) = attribute::is_for_a_method(&arguments, &item)
    {
        diagnostics.push(error);
        return beside(&item, &[], diagnostics.finish());
    }
    let (root, arguments) = arguments::block(outer, arguments, &mut diagnostics);
    let block = match parsed {
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
        items.push(generated(&root, &module));
    }
    items.extend(diagnostics.finish());
    beside(&block.printed(&root), &block.attrs, items)
}

/// What the runtime knows a module by.
fn generated(root: &CrateRoot, module: &Module) -> TokenStream {
    let span = glue(module.impl_token.span);
    let self_ty = Written(&module.self_ty);
    // So that the user's type stands where the user wrote it, and a fault of it is said once.
    let mut items = code! {span=>
        type __Module = #self_ty;
        type __Row = __router::Route<__Module>;
    };
    items.add(table::implementation(module));
    if let Some(socket) = &module.socket {
        items.add(socket::implementation(module, socket));
    }
    items.add(Written(assertions::of(module)));
    root.wrap(span, items)
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

/// A name of the runtime, from the first token of a place to the last: what does not suit it is
/// reported there.
fn runtime(name: &str, (first, last): (Span, Span)) -> Code {
    let name = Ident::new(name, last);
    code!(first=> __router::#name)
}

/// A handler, and where code about it stands: [`glue`] at its name. To have that span costs a call of
/// the compiler, so it is had once.
#[derive(Clone, Copy)]
struct Site<'a> {
    handler: &'a Handler,
    span: Span,
    /// Where its return type is written.
    returned: (Span, Span),
}

impl<'a> Site<'a> {
    fn of(handler: &'a Handler) -> Self {
        let span = glue(handler.name.span());
        Self {
            handler,
            span,
            returned: handler.output.as_ref().map_or((span, span), types::ends),
        }
    }

    /// Where the user has written its name.
    fn here(self) -> Span {
        self.handler.name.span()
    }

    /// A call. It stands where the return type is written, which is what may not suit the runtime.
    fn call(self, receiver: Code, arguments: Vec<Code>) -> Code {
        let (first, last) = self.returned;
        let mut name = self.handler.name.clone();
        name.set_span(first);
        let mut given = receiver;
        for argument in arguments {
            given.add(code!(self.span=> , #argument));
        }
        let given = given.in_group(Delimiter::Parenthesis, last);
        let dot_await = self.handler.is_async.then(|| code!(last=> .await));
        code!(first=> __Module::#name #given #dot_await)
    }

    fn cfgs(self) -> Vec<Written<&'a Attribute>> {
        written(&self.handler.cfgs)
    }
}

/// A number of any integer type: nothing is cut off, and a negative number is a large one.
///
/// The call stands from the expression's first token to its last, as the expression does: what is
/// said twice at one place is shown once.
fn widened(expr: &Expr) -> TokenStream {
    let (here, last) = ends(expr.to_token_stream());
    let mut value = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    value.set_span(last);
    let integer = TokenStream::from(runtime("integer", (here, here)));
    let span = glue(here);
    quote_spanned!(span=> (#integer #value as ::core::primitive::u128))
}
