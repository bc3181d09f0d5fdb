//! Rules for the routes of a block among each other.

use crate::{
    diagnostics::{Diagnostics, message},
    model::route::Route,
};
use syn::Error;

/// One request, one handler.
///
/// Methods with a `#[cfg]` are left out: which of them are there is not known yet. The runtime
/// looks at all modules of an app when it starts.
pub(super) fn check(routes: &[Route], diagnostics: &mut Diagnostics) {
    for (index, second) in routes.iter().enumerate() {
        let first = routes[..index].iter().find(|first| collide(first, second));
        if let Some(first) = first {
            diagnostics.push(collision(first, second));
        }
    }
}

/// Whether there is a request that both answer, and nothing that says which of them does.
fn collide(a: &Route, b: &Route) -> bool {
    let unconditional = a.handler.cfgs.is_empty() && b.handler.cfgs.is_empty();
    unconditional && a.method == b.method && a.path.pattern.shape() == b.path.pattern.shape()
}

fn collision(first: &Route, second: &Route) -> Error {
    let (_, method) = second.method.names();
    let (one, other) = (&first.path.pattern, &second.path.pattern);
    let text = if one == other {
        message(format!("duplicate route `{method} {other}`"))
    } else {
        message(format!(
            "route `{method} {other}` conflicts with `{method} {one}`"
        ))
        .note("the two match the same requests: names of parameters make no difference")
    };
    let mut error = Error::new_spanned(&second.path.literal, text);
    error.combine(Error::new_spanned(
        &first.path.literal,
        "[note] first declared here",
    ));
    error
}
