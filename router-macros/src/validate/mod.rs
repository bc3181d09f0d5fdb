//! From what was written to what it means: every rule of the DSL is a function here.
//!
//! Rules report and go on. Where one part of a method is broken, the rules for its other parts are
//! still applied; only what would repeat a mistake in other words is left out.

mod block;
mod event;
mod input;
mod options;
mod path;
mod route;
mod signature;
mod table;

use crate::{
    diagnostics::Diagnostics,
    model::{Module, socket::Socket},
    parse::{
        arguments::BlockArguments,
        attribute::{Inner, Outer, cfgs},
        impl_block::ImplBlock,
    },
};

/// The module that a block is, if it is one without a single mistake.
pub(crate) fn module(
    arguments: BlockArguments,
    block: &ImplBlock,
    diagnostics: &mut Diagnostics,
) -> Option<Module> {
    let BlockArguments {
        outer,
        prefix,
        path,
        data,
        settings,
    } = arguments;
    block::check(outer, block, diagnostics);
    options::check(&settings, diagnostics);
    let prefix = prefix.filter(|prefix| path::is_prefix(prefix, diagnostics));
    let has_path = path.is_some();
    let path = path.and_then(|path| {
        let resolved = path::resolve(prefix.as_ref(), &path);
        diagnostics.keep(resolved)
    });

    let mut routes = Vec::new();
    let mut events = event::Collected::default();
    for method in block.methods() {
        let Some(kind) = block::one_kind(method, diagnostics) else {
            continue;
        };
        let handler = signature::handler(kind, method, diagnostics);
        let handler = handler.as_ref();
        for attribute in &method.inner {
            match kind {
                Inner::Route => {
                    let name = &method.signature.ident;
                    let prefix = prefix.as_ref();
                    routes.extend(route::check(attribute, name, handler, prefix, diagnostics));
                }
                Inner::On => {
                    let context = event::Context {
                        outer,
                        has_path,
                        path: path.as_ref(),
                        data: data.as_ref(),
                    };
                    let has_cfg = !cfgs(&method.attrs).is_empty();
                    events.add(attribute, has_cfg, handler, &context, diagnostics);
                }
            }
        }
    }
    table::check(&routes, diagnostics);
    let (admissions, handlers) = events.check(path.as_ref(), diagnostics);

    let socket = (outer == Outer::Websocket).then_some(Socket {
        path,
        data,
        settings,
        admissions,
        handlers,
    });
    (diagnostics.count() == 0).then(|| Module {
        self_ty: block.header.self_ty.clone(),
        impl_token: block.header.impl_token,
        name: block::type_name(&block.header.self_ty),
        routes,
        socket,
    })
}
