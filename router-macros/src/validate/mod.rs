//! Converts parsed input to the model: every rule of the DSL is a function here.
//!
//! A rule reports a mistake and continues. If one part of a method is broken, the rules for its
//! other parts still apply, except those that would report the same mistake in other words.

mod block;
mod event;
mod input;
mod options;
mod path;
mod route;
mod signature;
mod table;
mod upgrade;

use crate::{
    diagnostics::Diagnostics,
    model::{Module, options::Settings, socket::Socket},
    parse::{
        arguments::BlockArguments,
        attribute::{Inner, Outer, cfgs},
        impl_block::ImplBlock,
    },
};
use std::rc::Rc;

/// Builds the module from the parts of a block that have no mistakes.
///
/// All valid parts are kept, so that an editor sees them and the compiler finds mistakes in them in
/// the same run. `None` if the type cannot be a module.
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
    let is_plain = block::header(outer, block, diagnostics);
    let data = data.filter(|data| options::is_owned(data, diagnostics));
    options::check(&settings, diagnostics);
    let prefix = prefix.and_then(|prefix| path::prefix(&prefix, diagnostics));
    let has_path = path.is_some();
    let path = path.and_then(|path| {
        let resolved = path::resolve(prefix.as_ref(), &path);
        diagnostics.keep(resolved)
    });
    // All methods depend on the parts above. If these parts have mistakes, the methods are checked,
    // and no code is generated for them.
    let is_sound = diagnostics.count() == 0;
    block::items(block, diagnostics);

    let mut routes = Vec::new();
    let mut events = event::Collected::new(block.is_broken());
    for method in block.methods() {
        if !block::has_attributes_of_ours(method, diagnostics) {
            events.is_incomplete = true;
        }
        let Some(kind) = block::one_kind(method, diagnostics) else {
            continue;
        };
        let handler = signature::handler(kind, method, diagnostics).map(Rc::new);
        let handler = handler.as_ref();
        for attribute in &method.inner {
            match kind {
                Inner::Route => {
                    let name = &method.signature.ident;
                    let prefix = prefix.as_ref();
                    routes.extend(route::check(attribute, name, handler, prefix, diagnostics));
                }
                // Reported already, once for the block.
                Inner::On if outer == Outer::Routes => {}
                Inner::On => {
                    let context = event::Context {
                        has_path,
                        path: path.as_ref(),
                        data: data.as_ref(),
                    };
                    let cfgs = cfgs(&method.attrs);
                    events.add(attribute, cfgs, handler, &context, diagnostics);
                }
            }
        }
    }
    table::check(&routes, diagnostics);
    routes.retain(|route| upgrade::can_get_its_upgrade(outer, route, path.as_ref(), diagnostics));
    let event::Handlers {
        is_complete,
        mut admissions,
        mut handlers,
    } = events.check(path.as_ref(), diagnostics);

    if diagnostics.count() == 0 && !block.is_broken() {
        upgrade::can_be_opened(has_path, &routes, &handlers, diagnostics);
    }
    if !is_plain {
        return None;
    }
    if !is_sound {
        routes.clear();
        admissions.clear();
        handlers.clear();
    }
    let socket = (outer == Outer::Websocket).then_some(Socket {
        // If the handler that creates the data was left out, the path is left out as well.
        path: path.filter(|_| is_sound && is_complete),
        data,
        settings: if is_sound {
            settings
        } else {
            Settings::default()
        },
        admissions,
        handlers,
    });
    Some(Module {
        self_ty: block.header.self_ty.clone(),
        impl_token: block.header.impl_token,
        name: block::type_name(&block.header.self_ty),
        routes,
        socket,
        unread: block.unread().collect(),
    })
}
