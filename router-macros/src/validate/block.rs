//! Rules for the block as a whole.

use crate::{
    diagnostics::{Diagnostics, message},
    model::signature::ungrouped,
    parse::{
        attribute::{Inner, InnerAttribute, Outer},
        impl_block::{BlockItem, ImplBlock, Method},
    },
    tokens::borrowed_lifetime,
};
use quote::ToTokens as _;
use syn::{Error, Type, ext::IdentExt as _};

/// The rules for the header of the block, and for all methods together.
///
/// Returns whether the type can be a module. Other mistakes do not change the result.
pub(super) fn header(outer: Outer, block: &ImplBlock, diagnostics: &mut Diagnostics) -> bool {
    is_inherent(outer, block, diagnostics);
    let before = diagnostics.count();
    is_not_generic(outer, block, diagnostics);
    let is_plain = diagnostics.count() == before;
    has_one_attribute(outer, block, diagnostics);
    has_a_socket_for_events(outer, block, diagnostics);
    is_plain
}

/// The rules for items that aren't methods.
pub(super) fn items(block: &ImplBlock, diagnostics: &mut Diagnostics) {
    for item in &block.items {
        match item {
            BlockItem::Method(_) => {}
            BlockItem::Other(other) => has_no_attributes(&other.inner, diagnostics),
            BlockItem::Macro { path, tokens: _ } => {
                let text = message("macro calls cannot be items of the `impl` block").help(
                    "move the macro call to a second `impl` block, because its expansion is not \
                     visible to the attribute",
                );
                diagnostics.report(path, text);
            }
            // The compiler has reported it already.
            BlockItem::Broken { .. } => {}
        }
    }
}

/// A module is a type, so the block cannot implement a trait.
fn is_inherent(outer: Outer, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    if let Some(trait_) = &block.header.trait_ {
        let outer = outer.name();
        let text = message(format!(
            "`#[{outer}]` cannot be used on an `impl` of a trait"
        ));
        let help = "move the handlers to an `impl` block of the type itself";
        diagnostics.report(trait_, text.help(help));
    }
}

/// The table of a module is one constant, which cannot depend on a generic parameter.
fn is_not_generic(outer: Outer, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    let outer = outer.name();
    let generics = &block.header.generics;
    let mut refuse = |place: &dyn quote::ToTokens, what: &str| {
        let text = message(format!(
            "`#[{outer}]` cannot be used on an `impl` block with {what}"
        ));
        diagnostics.report(place, text.help("use a concrete type that owns its data"));
    };
    if !generics.params.is_empty() {
        refuse(generics, "generic parameters");
    } else if let Some(lifetime) = borrowed_lifetime(block.header.self_ty.to_token_stream()) {
        refuse(&lifetime, "a lifetime");
    }
    if let Some(clause) = &generics.where_clause {
        refuse(clause, "a where clause");
    }
}

/// A type is one module, so the block cannot have a second `#[routes]` or `#[websocket]`.
fn has_one_attribute(outer: Outer, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    for second in &block.stacked {
        let outer = outer.name();
        let text = message(format!("block is already marked with `#[{outer}]`"));
        let help = "use only `#[websocket]` for a block with routes and event handlers";
        diagnostics.report(second.path(), text.help(help));
    }
}

/// Only a block with a socket has events. The mistake is reported once, because it is the attribute
/// of the block that is wrong.
fn has_a_socket_for_events(outer: Outer, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    if outer == Outer::Websocket || !block.stacked.is_empty() {
        return;
    }
    let mut inner = block.methods().flat_map(|method| &method.inner);
    if let Some(on) = inner.find(|inner| inner.kind == Inner::On) {
        let text = message("`#[on]` cannot be used in a `#[routes]` block");
        let help = "mark the block with `#[websocket]`, which allows routes as well";
        diagnostics.report(&on.attribute.meta, text.help(help));
    }
}

/// Only methods can have `#[route]` or `#[on]`, because only methods can be called.
fn has_no_attributes(attributes: &[InnerAttribute], diagnostics: &mut Diagnostics) {
    for InnerAttribute { kind, attribute } in attributes {
        let text = format!("`#[{}]` must be on a method", kind.name());
        diagnostics.report(attribute.path(), text);
    }
}

/// Reports attributes of other frameworks, and returns whether there are none.
pub(super) fn has_attributes_of_ours(method: &Method, diagnostics: &mut Diagnostics) -> bool {
    for foreign in &method.foreign {
        let name = foreign.attribute.path().to_token_stream();
        let text = match foreign.kind {
            Inner::Route => message(format!("a route cannot be marked with `#[{name}]`")),
            Inner::On => message(format!(
                "an event handler cannot be marked with `#[{name}]`"
            )),
        };
        let help = format!("write `#[{}]`", foreign.ours);
        diagnostics.report(&foreign.attribute.meta, text.help(help));
    }
    method.foreign.is_empty()
}

/// A method either answers requests or handles events, because its arguments come from one of the
/// two.
///
/// Returns which of the two applies. `None` if the method has none of our attributes, or both
/// kinds.
pub(super) fn one_kind(method: &Method, diagnostics: &mut Diagnostics) -> Option<Inner> {
    let first = method.inner.first()?;
    let other = method.inner.iter().find(|other| other.kind != first.kind);
    let Some(other) = other else {
        return Some(first.kind);
    };
    let name = method.signature.ident.unraw();
    let text = format!("method `{name}` cannot have both `#[route]` and `#[on]`");
    diagnostics.push(Error::new_spanned(other.attribute.path(), text));
    None
}

/// A type's name for messages: `chat::Chat`.
pub(super) fn type_name(ty: &Type) -> String {
    match ungrouped(ty) {
        Type::Path(path) => {
            let segments = path.path.segments.iter();
            let names: Vec<String> = segments
                .map(|segment| segment.ident.unraw().to_string())
                .collect();
            names.join("::")
        }
        ty => ty.to_token_stream().to_string(),
    }
}
