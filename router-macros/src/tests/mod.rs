//! Tests of whole expansions.

mod mistakes;
mod robustness;
mod snapshots;

use crate::{expand, parse::attribute::Outer};
use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

fn routes(arguments: &str, block: &str) -> TokenStream {
    expand::block(Outer::Routes, tokens(arguments), tokens(block))
}

fn websocket(arguments: &str, block: &str) -> TokenStream {
    expand::block(Outer::Websocket, tokens(arguments), tokens(block))
}

fn app(arguments: &str, item: &str) -> TokenStream {
    expand::app::app(tokens(arguments), tokens(item))
}

fn tokens(code: &str) -> TokenStream {
    code.parse().unwrap()
}

/// The messages of the `compile_error!`s in an expansion.
fn errors(expansion: TokenStream) -> Vec<String> {
    let mut errors = Vec::new();
    let mut tokens = expansion.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "compile_error" => {
                let Some(TokenTree::Group(text)) = tokens.nth(1) else {
                    panic!("`compile_error` is not called");
                };
                errors.push(syn::parse2::<LitStr>(text.stream()).unwrap().value());
            }
            TokenTree::Group(group) => errors.extend(self::errors(group.stream())),
            _ => {}
        }
    }
    errors
}
