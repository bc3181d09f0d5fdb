//! Options that contradict each other, or do nothing.

use crate::{
    diagnostics::{Diagnostics, message},
    model::options::{Deflate, Setting, Value},
    parse::values::literal,
    types,
};
use syn::{Error, Expr, Lit, LitBool, Type};

/// What only constants tell is checked when the server starts.
pub(super) fn check(settings: &[Setting], diagnostics: &mut Diagnostics) {
    let find = |name: &str| settings.iter().find(|setting| setting.spec.name == name);
    // 0 is as if it were not there.
    let given = |name: &str| find(name).filter(|setting| !matches!(setting.value, Value::Known(0)));

    let pings_are_off = find("send_pings").is_some_and(is_off);
    let interval = given("ping_interval");
    if let Some(interval) = interval
        && pings_are_off
    {
        let text = message("`ping_interval` cannot be given with `send_pings = false`");
        diagnostics.report(&interval.key, text.help("leave one of them out"));
    }

    let is_never_idle =
        find("idle_timeout").is_some_and(|setting| matches!(setting.value, Value::Known(0)));
    if let Some(timeout) = given("pong_timeout")
        && interval.is_none()
        && (pings_are_off || is_never_idle)
    {
        let text = message("`pong_timeout` does nothing where no pings are sent");
        let help = "set `ping_interval`, or leave `pong_timeout` out";
        diagnostics.report(&timeout.key, text.help(help));
    }

    let strict = find("close_on_backpressure_limit");
    let on_slow = find("on_slow");
    if let (Some(on_slow), Some(strict)) = (on_slow, strict) {
        let text = message("`on_slow` cannot be given with `close_on_backpressure_limit`");
        let help = "leave the latter out: it is `on_slow = \"close\"`";
        let mut error = Error::new_spanned(&on_slow.key, text.help(help));
        error.combine(Error::new_spanned(&strict.key, "[note] it is given here"));
        diagnostics.push(error);
    } else if let Some(setting) = on_slow.or(strict.filter(|setting| !is_off(setting)))
        && find("backpressure_limit").is_some_and(|limit| matches!(limit.value, Value::Known(0)))
        && !matches!(setting.value, Value::OnSlow("Drop"))
    {
        let name = setting.spec.name;
        let text = message(format!(
            "`{name}` does nothing where `backpressure_limit` is 0"
        ));
        diagnostics.report(&setting.key, text.help("leave one of them out"));
    }

    if let Some(threshold) = find("compress_threshold")
        && find("per_message_deflate").is_none_or(is_off)
    {
        let text = message("`compress_threshold` does nothing without `per_message_deflate`");
        let help = "write `per_message_deflate` beside it, or leave it out";
        diagnostics.report(&threshold.key, text.help(help));
    }
}

/// A connection lives as long as its client likes.
pub(super) fn is_owned(data: &Type, diagnostics: &mut Diagnostics) -> bool {
    let borrows = types::borrows(data);
    if borrows {
        let text = message("`data` cannot borrow: it lives as long as the connection");
        diagnostics.report(data, text.help("own it, as a `String` or an `Arc<T>`"));
    }
    !borrows
}

fn is_off(setting: &Setting) -> bool {
    match &setting.value {
        Value::Flag(expr) | Value::Deflate(Deflate::Switch(expr)) => is_false(expr),
        _ => false,
    }
}

fn is_false(expr: &Expr) -> bool {
    matches!(literal(expr), Some(Lit::Bool(LitBool { value: false, .. })))
}
