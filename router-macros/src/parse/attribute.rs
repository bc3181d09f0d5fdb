//! Telling our attributes from others.
//!
//! Attributes are told by the last word of their path, so that `#[router::route(…)]` is one of
//! ours as well. A block's attribute sees the tokens before names are resolved: it cannot do
//! better. The markers that `expand` leaves make the compiler resolve the path all the same.

use crate::diagnostics::message;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Error, Meta, MetaList, Path};

/// The argument with which an attribute that has been dealt with stands on a marker.
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
        let names = [Self::Routes, Self::Websocket];
        names
            .into_iter()
            .find(|outer| ends_with(path, outer.name()))
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
        let names = [Self::Route, Self::On];
        names
            .into_iter()
            .find(|inner| ends_with(path, inner.name()))
    }
}

fn ends_with(path: &Path, word: &str) -> bool {
    path.segments
        .last()
        .is_some_and(|segment| segment.ident == word)
}

/// An attribute of ours on something in a block.
pub(crate) struct InnerAttribute {
    pub(crate) kind: Inner,
    pub(crate) attribute: Attribute,
}

/// Takes `#[route]` and `#[on]` off.
pub(crate) fn take_inner(attrs: &mut Vec<Attribute>) -> Vec<InnerAttribute> {
    attrs
        .extract_if(.., |attribute| Inner::of(attribute.path()).is_some())
        .filter_map(|attribute| {
            let kind = Inner::of(attribute.path())?;
            Some(InnerAttribute { kind, attribute })
        })
        .collect()
}

/// Takes a second `#[routes]` or `#[websocket]` off.
pub(crate) fn take_outer(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs
        .extract_if(.., |attribute| Outer::of(attribute.path()).is_some())
        .collect()
}

/// The `#[cfg]`s among attributes: what is generated for an item is conditional on the same.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    cfgs.cloned().collect()
}

/// The parentheses of `#[route(…)]` or `#[on(…)]`.
pub(crate) fn arguments<'a>(attribute: &'a Attribute, example: &str) -> syn::Result<&'a MetaList> {
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => Ok(list),
        meta => Err(Error::new_spanned(
            meta,
            message("expected arguments in parentheses").help(format_args!("write `{example}`")),
        )),
    }
}

/// Takes our attributes off an item that cannot be parsed, so that they do not fail once more.
pub(crate) fn strip(item: TokenStream) -> TokenStream {
    let mut stripped = TokenStream::new();
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct)
                if punct.as_char() == '#' && tokens.peek().is_some_and(is_inner_attribute) =>
            {
                tokens.next();
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let mut inside = Group::new(Delimiter::Brace, strip(group.stream()));
                inside.set_span(group.span());
                inside.to_tokens(&mut stripped);
            }
            token => token.to_tokens(&mut stripped),
        }
    }
    stripped
}

fn is_inner_attribute(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            syn::parse2::<Meta>(group.stream()).is_ok_and(|meta| Inner::of(meta.path()).is_some())
        }
        _ => false,
    }
}
