//! Identifies our attributes.
//!
//! An attribute is identified by the last word of its path, so that `#[router::route(…)]` is one of
//! ours as well. A more precise check is not possible, because a block's attribute sees the tokens
//! before names are resolved. The markers that `expand` generates make the compiler resolve the
//! path nevertheless.

use crate::{
    code::{Code, code, comma_separated},
    diagnostics::message,
    model::{event::Event, route::HttpMethod},
};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use std::mem;
use syn::{
    AttrStyle, Attribute, Error, Ident, MacroDelimiter, Meta, MetaList, Path, Signature, Token,
    Visibility,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned as _,
    token::{Bracket, Paren},
};

/// The argument of an attribute on a marker. It shows that the attribute has been processed.
pub(crate) const CONSUMED: &str = "__consumed";

/// The attributes of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outer {
    Routes,
    Websocket,
}

impl Outer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Websocket => "websocket",
        }
    }

    fn of(path: &Path) -> Option<Self> {
        match last_word(path)?.as_str() {
            "routes" => Some(Self::Routes),
            "websocket" => Some(Self::Websocket),
            _ => None,
        }
    }
}

/// The attributes of a method in a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inner {
    Route,
    On,
}

impl Inner {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::On => "on",
        }
    }

    fn of(path: &Path) -> Option<Self> {
        match last_word(path)?.as_str() {
            "route" => Some(Self::Route),
            "on" => Some(Self::On),
            _ => None,
        }
    }
}

fn last_word(path: &Path) -> Option<String> {
    Some(path.segments.last()?.ident.to_string())
}

/// One of our attributes on an item of a block.
pub(crate) struct InnerAttribute {
    pub(crate) kind: Inner,
    pub(crate) attribute: Attribute,
}

/// Removes and returns `#[route]` and `#[on]`.
pub(crate) fn take_inner(attrs: &mut Vec<Attribute>) -> Vec<InnerAttribute> {
    let mut taken = Vec::new();
    for attribute in mem::take(attrs) {
        match Inner::of(attribute.path()) {
            Some(kind) => taken.push(InnerAttribute { kind, attribute }),
            None => attrs.push(attribute),
        }
    }
    taken
}

/// An attribute of another framework on a method, and our equivalent.
pub(crate) struct Foreign {
    pub(crate) attribute: Attribute,
    pub(crate) kind: Inner,
    /// The attribute to write instead, without the brackets.
    pub(crate) ours: String,
}

/// Removes and returns attributes of other frameworks that are meant as ours: `#[get("/")]`, and
/// `#[message]` in a block with a socket.
pub(crate) fn take_foreign(outer: Outer, attrs: &mut Vec<Attribute>) -> Vec<Foreign> {
    let mut taken = Vec::new();
    for attribute in mem::take(attrs) {
        match foreign(outer, &attribute) {
            Some((kind, ours)) => taken.push(Foreign {
                attribute,
                kind,
                ours,
            }),
            None => attrs.push(attribute),
        }
    }
    taken
}

fn foreign(outer: Outer, attribute: &Attribute) -> Option<(Inner, String)> {
    let word = attribute.path().get_ident()?.to_string();
    if HttpMethod::ALL
        .iter()
        .any(|method| method.names().0 == word)
    {
        let path = match &attribute.meta {
            Meta::Path(_) => "\"/\"".to_owned(),
            Meta::List(list) => match list.tokens.clone().into_iter().next()? {
                TokenTree::Literal(path) if path.to_string().starts_with('"') => path.to_string(),
                _ => return None,
            },
            Meta::NameValue(pair) => pair.value.to_token_stream().to_string(),
        };
        return Some((Inner::Route, format!("route({word}, {path})")));
    }
    let is_alone = matches!(attribute.meta, Meta::Path(_)) && outer == Outer::Websocket;
    let event = Event::from_name(&word).filter(|_| is_alone)?;
    Some((Inner::On, format!("on({})", event.name())))
}

/// Removes and returns a second `#[routes]` or `#[websocket]`.
pub(crate) fn take_outer(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs
        .extract_if(.., |attribute| Outer::of(attribute.path()).is_some())
        .collect()
}

/// The `#[cfg]`s among attributes, which are repeated on the code generated for an item.
///
/// `#[cfg_attr(a, cfg(b))]` counts as a `#[cfg]` that applies if `a` holds.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    let mut cfgs = Vec::new();
    for attr in attrs {
        if attr.path().is_ident("cfg") {
            cfgs.push(attr.clone());
        } else if attr.path().is_ident("cfg_attr") {
            cfgs.extend(behind_cfg_attr(attr).into_iter().flatten());
        }
    }
    cfgs
}

fn behind_cfg_attr(attr: &Attribute) -> syn::Result<Vec<Attribute>> {
    let parts = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
    let mut parts = parts.into_iter();
    let Some(condition) = parts.next() else {
        return Ok(Vec::new());
    };
    let cfgs = parts.filter(|part| part.path().is_ident("cfg"));
    cfgs.map(|cfg| {
        let (condition, inner) = (&condition, &cfg.require_list()?.tokens);
        let span = cfg.span();
        Ok(self::cfg(span, code!(span=> any(not(#condition), #inner))))
    })
    .collect()
}

/// The opposite of `cfgs`: a `#[cfg]` that holds unless all of `cfgs` hold.
pub(crate) fn not_all(cfgs: &[Attribute]) -> Attribute {
    let span = Span::call_site();
    let conditions = comma_separated(cfgs.iter().filter_map(condition), span);
    cfg(span, code!(span=> not(all(#conditions))))
}

fn cfg(span: Span, condition: Code) -> Attribute {
    Attribute {
        pound_token: Token![#](span),
        style: AttrStyle::Outer,
        bracket_token: Bracket(span),
        meta: Meta::List(MetaList {
            path: Ident::new("cfg", span).into(),
            delimiter: MacroDelimiter::Paren(Paren(span)),
            tokens: condition.into(),
        }),
    }
}

/// The tokens in the parentheses of `#[cfg(…)]`.
pub(crate) fn condition(cfg: &Attribute) -> Option<&TokenStream> {
    match &cfg.meta {
        Meta::List(list) => Some(&list.tokens),
        Meta::Path(_) | Meta::NameValue(_) => None,
    }
}

/// The arguments in the parentheses of `#[route(…)]` or `#[on(…)]`.
pub(crate) fn arguments(
    attribute: &Attribute,
    example: impl Fn() -> String,
) -> syn::Result<&MetaList> {
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => Ok(list),
        meta => Err(Error::new_spanned(
            meta,
            message("expected arguments in parentheses")
                .help(format_args!("write `{}`", example())),
        )),
    }
}

/// The error for `#[routes(get, "/")]` on a method, where `#[route]` is meant.
pub(crate) fn is_for_a_method(arguments: &TokenStream, item: &TokenStream) -> Option<Error> {
    let slip = |input: ParseStream<'_>| -> syn::Result<TokenStream> {
        input.parse::<Ident>()?;
        input.parse::<Token![,]>()?;
        input.parse()
    };
    let method = |input: ParseStream<'_>| -> syn::Result<TokenStream> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Signature>()?;
        input.parse()
    };
    if slip.parse2(arguments.clone()).is_err() || method.parse2(item.clone()).is_err() {
        return None;
    }
    let text = message("a method must be marked with `#[route]`; `#[routes]` is for `impl` blocks")
        .help(format_args!("write `#[route({arguments})]`"))
        .note("`use router::prelude::*;` imports `#[route]`");
    Some(Error::new_spanned(arguments, text))
}

/// Removes our attributes from an item that cannot be parsed, so that they do not report errors of
/// their own.
///
/// Returns their paths, and the item without them.
pub(crate) fn strip(item: TokenStream) -> (Vec<Path>, TokenStream) {
    let (mut paths, mut stripped) = (Vec::new(), TokenStream::new());
    strip_into(item, &mut paths, &mut stripped);
    (paths, stripped)
}

fn strip_into(item: TokenStream, paths: &mut Vec<Path>, stripped: &mut TokenStream) {
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                match tokens.peek().and_then(inner_path) {
                    Some(path) => {
                        tokens.next();
                        paths.push(path);
                    }
                    None => punct.to_tokens(stripped),
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let mut content = TokenStream::new();
                strip_into(group.stream(), paths, &mut content);
                let mut inside = Group::new(Delimiter::Brace, content);
                inside.set_span(group.span());
                inside.to_tokens(stripped);
            }
            token => token.to_tokens(stripped),
        }
    }
}

/// The path of one of our attributes, from its brackets.
fn inner_path(token: &TokenTree) -> Option<Path> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            // The tokens after the path may be incomplete.
            let path = Path::parse_mod_style
                .parse2(before_arguments(group.stream()))
                .ok()?;
            Inner::of(&path).map(|_| path)
        }
        _ => None,
    }
}

fn before_arguments(meta: TokenStream) -> TokenStream {
    let is_path = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    };
    meta.into_iter().take_while(is_path).collect()
}
