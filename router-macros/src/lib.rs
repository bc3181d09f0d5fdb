//! Implementation of the attributes that `router` re-exports and documents.
//!
//! An `impl` block passes through a pipeline with one folder per phase:
//!
//! | module | purpose |
//! |---|---|
//! | `parse` | reads the source: the `impl` block (bodies as raw tokens), arguments, options |
//! | `model` | the validated block: routes, patterns, events, options; only what can be expanded |
//! | `validate` | converts parsed input to the model, one function per rule; omits parts that break a rule |
//! | `expand` | generates code from the model |
//! | `diagnostics` | collects mistakes, so that all of them are reported |
//! | `paths` | where generated code finds the runtime |
//! | `code` | builds lists of tokens |
//! | `tokens`, `types` | queries on tokens and types |
//! | `times` | measures the duration of expansions |

#![forbid(unsafe_code)]

mod code;
mod diagnostics;
mod expand;
mod model;
mod parse;
mod paths;
mod times;
mod tokens;
mod types;
mod validate;

#[cfg(test)]
mod tests;

use parse::attribute::{Inner, Outer};
use proc_macro::TokenStream;

/// See `router::routes`.
#[proc_macro_attribute]
pub fn routes(arguments: TokenStream, item: TokenStream) -> TokenStream {
    times::noted("routes", || {
        expand::block(Outer::Routes, arguments.into(), item.into())
    })
}

/// See `router::websocket`.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    times::noted("websocket", || {
        expand::block(Outer::Websocket, arguments.into(), item.into())
    })
}

/// See `router::route`.
#[proc_macro_attribute]
pub fn route(arguments: TokenStream, item: TokenStream) -> TokenStream {
    times::noted("route", || {
        expand::markers::inner(Inner::Route, arguments.into(), item.into())
    })
}

/// See `router::on`.
#[proc_macro_attribute]
pub fn on(arguments: TokenStream, item: TokenStream) -> TokenStream {
    times::noted("on", || {
        expand::markers::inner(Inner::On, arguments.into(), item.into())
    })
}

/// See `router::app`.
#[proc_macro_attribute]
pub fn app(arguments: TokenStream, item: TokenStream) -> TokenStream {
    times::noted("app", || expand::app::app(arguments.into(), item.into()))
}
