//! The attributes of `router`, which re-exports and documents them; this crate is plumbing.
//!
//! A block of methods goes through a pipeline, a folder a phase:
//!
//! | module | is about |
//! |---|---|
//! | `parse` | what was written: the `impl` block (bodies as raw tokens), arguments, options |
//! | `model` | what it means: routes, patterns, events, options; no more than that can be expanded |
//! | `validate` | from the one to the other, a function a rule; what breaks one is left out |
//! | `expand` | from the model to code |
//! | `diagnostics` | mistakes are collected, so that all of them are reported |
//! | `paths` | where generated code finds the runtime |
//! | `code` | tokens in the making |
//! | `tokens`, `types` | questions about what was written |
//! | `times` | how long an expansion takes |

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
