//! Generates code from the model.
//!
//! | file | is about |
//! |---|---|
//! | `site` | the spans of generated code, and the paths of the runtime's names in it |
//! | `table`, `row` | `impl Module`: the table of routes, and one row of it |
//! | `connect` | the row of a socket's own path |
//! | `inputs` | the function of a route: extracting the arguments and calling the handler |
//! | `socket`, `event` | `impl WebSocket`: the options and the data; the function of an event |
//! | `assertions` | checks that only the compiler can make |
//! | `markers` | the markers that replace `#[route]` and `#[on]` |
//! | `app` | `#[app]` |
//!
//! Generated code follows the user's block, which is unchanged except for the removed attributes.

pub(crate) mod app;
mod assertions;
mod connect;
mod event;
mod inputs;
pub(crate) mod markers;
mod row;
mod site;
mod socket;
mod table;

use crate::{
    code::code,
    diagnostics::Diagnostics,
    model::Module,
    parse::{
        arguments,
        attribute::{self, Outer},
        impl_block::ImplBlock,
    },
    paths::CrateRoot,
    validate,
};
use proc_macro2::TokenStream;
use quote::TokenStreamExt as _;
use site::{beside, hygienic_at};

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
    let self_ty = &module.self_ty;
    // Most generated code names the user's type by this alias. An error about the type is therefore
    // reported once, where the user wrote the type.
    let mut items = code! {span=>
        type __Module = #self_ty;
        type __Row = __router::Route<__Module>;
    };
    items.add(table::implementation(module));
    if let Some(socket) = &module.socket {
        items.add(socket::implementation(module, socket));
    }
    items.add(assertions::of(module));
    root.wrap(span, items)
}
