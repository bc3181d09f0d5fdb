//! What is generated for a block with a mistake in it.
//!
//! The type is still a module, with a socket if that is what it should have: the code around it
//! must not fail for want of a trait, so that one mistake is one error.

use super::{glue, socket};
use crate::{
    parse::{attribute::Outer, impl_block::ImplBlock},
    paths::{CrateRoot, Runtime},
    tokens::borrowed_lifetime,
};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::Type;

pub(super) fn implementations(
    root: &CrateRoot,
    outer: Outer,
    block: &ImplBlock,
    data: Option<Type>,
) -> Vec<TokenStream> {
    let header = &block.header;
    let self_ty = &header.self_ty;
    // The traits ask for what a type with parameters may not have.
    if !header.generics.params.is_empty()
        || header.generics.where_clause.is_some()
        || borrowed_lifetime(self_ty.to_token_stream()).is_some()
    {
        return Vec::new();
    }
    let span = glue(header.impl_token.span);
    let Runtime {
        module,
        route,
        web_socket,
        ..
    } = root.at(span);
    let mut implementations = vec![quote_spanned! {span=>
        impl #module for #self_ty {
            const ROUTES: &'static [#route<Self>] = &[];
        }
    }];
    if outer == Outer::Websocket {
        let data = socket::data_type(data.as_ref(), span);
        implementations.push(quote_spanned!(span=> impl #web_socket for #self_ty { #data }));
    }
    implementations
}
