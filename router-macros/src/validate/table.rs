//! Rules that compare the routes of a block.

use crate::{
    diagnostics::{Diagnostics, message},
    model::route::Route,
};
use syn::Error;

/// A request has one handler, so two routes cannot match the same requests.
///
/// If a `#[cfg]` decides whether both routes exist, it also decides whether that is a mistake.
pub(super) fn check(routes: &[Route], diagnostics: &mut Diagnostics) {
    for (index, second) in routes.iter().enumerate() {
        for first in routes[..index]
            .iter()
            .filter(|first| collide(first, second))
        {
            let cfgs = [&first.handler.cfgs[..], &second.handler.cfgs].concat();
            let is_certain = cfgs.is_empty();
            diagnostics.push_where(cfgs, collision(first, second));
            if is_certain {
                break;
            }
        }
    }
}

/// Whether a request matches both routes, and no rule selects one of them.
fn collide(a: &Route, b: &Route) -> bool {
    a.method == b.method && a.path.pattern.shape() == b.path.pattern.shape()
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
        .note(format_args!(
            "both match `{method} {}`",
            second.path.pattern.example()
        ))
    };
    let text = [first, second].iter().fold(text, |text, route| {
        let written = route.path.literal.value();
        match router_pattern::canonical(&written) {
            canonical if canonical == written || written.contains('{') => text,
            canonical => text.note(format_args!(
                "`{written}` is `{canonical}`, percent-decoded"
            )),
        }
    });
    let mut error = Error::new_spanned(&second.path.literal, text);
    error.combine(Error::new_spanned(
        &first.path.literal,
        "[note] first declared here",
    ));
    error
}
