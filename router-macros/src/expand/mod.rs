//! Generates code from the model.
//!
//! Generated code follows the user's block, which is unchanged except for the removed attributes.
//! It uses two kinds of spans. Most tokens have a [`hygienic_at`] span: they resolve like the macro's own
//! code, so the user's names cannot conflict with them and lints ignore them. Tokens at which the
//! compiler may find a mistake of the user have exactly the span of the user's code.

pub(crate) mod app;
mod assertions;
mod connect;
mod event;
mod inputs;
pub(crate) mod markers;
mod socket;
mod table;

use crate::{
    code::{Code, Quoted, code, quoted},
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

/// The generated items of a module: its `impl`s and assertions.
fn generated(root: &CrateRoot, module: &Module) -> TokenStream {
    let span = hygienic_at(module.impl_token.span);
    let self_ty = Quoted(&module.self_ty);
    // The alias keeps the user's type in the place where the user wrote it, so that an error about
    // it is reported once.
    let mut items = code! {span=>
        type __Module = #self_ty;
        type __Row = __router::Route<__Module>;
    };
    items.add(table::implementation(module));
    if let Some(socket) = &module.socket {
        items.add(socket::implementation(module, socket));
    }
    items.add(Quoted(assertions::of(module)));
    root.wrap(span, items)
}

/// The user's item, followed by generated items that repeat its `#[cfg]`s.
fn beside(item: &impl ToTokens, attrs: &[Attribute], generated: Vec<TokenStream>) -> TokenStream {
    let cfgs = cfgs(attrs);
    let mut tokens = item.to_token_stream();
    for item in generated {
        tokens.append_all(&cfgs);
        tokens.extend(item);
    }
    tokens
}

/// A span that resolves like the macro's own code and is located at `place`.
fn hygienic_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The path of a name in the runtime, from the first token of a place to the last. Type errors
/// about it are reported at that place.
fn runtime(name: &str, (first, last): (Span, Span)) -> Code {
    let name = Ident::new(name, last);
    code!(first=> __router::#name)
}

/// A handler, with the spans of the code generated for it.
///
/// `span` is [`hygienic_at`] at the handler's name. Creating that span calls into the compiler, so it is
/// cached.
#[derive(Clone, Copy)]
struct HandlerSite<'a> {
    handler: &'a Handler,
    span: Span,
    /// The first and the last span of its return type.
    returned: (Span, Span),
}

impl<'a> HandlerSite<'a> {
    fn of(handler: &'a Handler) -> Self {
        let span = hygienic_at(handler.name.span());
        Self {
            handler,
            span,
            returned: handler.output.as_ref().map_or((span, span), types::ends),
        }
    }

    /// The span of the name as the user wrote it.
    fn here(self) -> Span {
        self.handler.name.span()
    }

    /// A call of the handler, located at the return type, because errors about that type are
    /// reported there.
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

    fn cfgs(self) -> Vec<Quoted<&'a Attribute>> {
        quoted(&self.handler.cfgs)
    }
}

/// Converts an expression of any integer type to `u128`. Nothing is truncated, and a negative
/// number becomes a large one.
///
/// The call has the same first and last token as the expression, because the compiler shows
/// identical errors at one place once.
fn widened(expr: &Expr) -> TokenStream {
    let (here, last) = ends(expr.to_token_stream());
    let mut value = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    value.set_span(last);
    let integer = TokenStream::from(runtime("integer", (here, here)));
    let span = hygienic_at(here);
    quote_spanned!(span=> (#integer #value as ::core::primitive::u128))
}
