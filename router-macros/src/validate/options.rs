//! Rules for options that contradict each other or have no effect.

use crate::{
    diagnostics::{Diagnostics, message},
    model::options::{Deflate, Setting, Settings, Value},
    tokens::literal,
    types,
};
use syn::{Error, Expr, Lit, LitBool, Type};

/// Checks the values that the attribute itself shows.
///
/// Generated code asserts everything that depends on constants or on `options = …`, using the
/// finished options.
pub(super) fn check(settings: &Settings, diagnostics: &mut Diagnostics) {
    let Settings { base, set } = settings;
    let find = |name: &str| set.iter().find(|setting| setting.spec.name == name);
    // Without a base, an option that is not set here has its default.
    let is_default = |name: &str| base.is_none() && find(name).is_none();
    // An option with the value 0 counts as not given.
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
        && base.is_none()
        && (pings_are_off || is_never_idle)
    {
        let text = message("`pong_timeout` does nothing if no pings are sent");
        let help = if pings_are_off {
            "leave `send_pings = false` or `pong_timeout` out"
        } else {
            "set `ping_interval`, or leave `pong_timeout` out"
        };
        diagnostics.report(&timeout.key, text.help(help));
    }

    let strict = find("close_on_backpressure_limit");
    let on_slow = find("on_slow");
    if let (Some(on_slow), Some(strict)) = (on_slow, strict) {
        let text = message("`on_slow` cannot be given with `close_on_backpressure_limit`");
        let help = "leave `close_on_backpressure_limit` out: it means `on_slow = \"close\"`";
        let mut error = Error::new_spanned(&on_slow.key, text.help(help));
        error.combine(Error::new_spanned(
            &strict.key,
            "[note] `close_on_backpressure_limit` is given here",
        ));
        diagnostics.push(error);
    } else if let Some(setting) = on_slow.or(strict.filter(|setting| !is_off(setting)))
        && find("backpressure_limit").is_some_and(|limit| matches!(limit.value, Value::Known(0)))
        && !matches!(
            setting.value,
            Value::Word {
                variant: "Drop",
                ..
            }
        )
    {
        let name = setting.spec.name;
        let text = message(format!(
            "`{name}` does nothing if `backpressure_limit` is 0"
        ));
        diagnostics.report(&setting.key, text.help("leave one of them out"));
    }

    let is_uncompressed =
        is_default("per_message_deflate") || find("per_message_deflate").is_some_and(is_off);
    let compresses = [find("compress_threshold"), given("max_inflation_ratio")];
    for setting in compresses.into_iter().flatten() {
        if is_uncompressed {
            let name = setting.spec.name;
            let text = message(format!(
                "`{name}` does nothing without `per_message_deflate`"
            ));
            let help = format!("add `per_message_deflate`, or leave `{name}` out");
            diagnostics.report(&setting.key, text.help(help));
        }
    }

    if let Some(burst) = given("burst")
        && is_default("rate_limit")
    {
        let text = message("`burst` does nothing without a `rate_limit`");
        let help = "write `rate_limit = \"50/s\"` as well, or leave `burst` out";
        diagnostics.report(&burst.key, text.help(help));
    }

    if let Some(on_flood) = find("on_flood")
        && is_default("rate_limit")
        && is_default("byte_rate")
    {
        let text = message("`on_flood` does nothing without `rate_limit` or `byte_rate`");
        let help = "write `rate_limit = \"50/s\"` as well, or leave `on_flood` out";
        diagnostics.report(&on_flood.key, text.help(help));
    }
}

/// The data must be owned, because the client decides how long a connection stays open.
pub(super) fn is_owned(data: &Type, diagnostics: &mut Diagnostics) -> bool {
    let borrows = types::borrows(data);
    if borrows {
        let text = message("`data` must be owned: it is stored until the connection closes");
        diagnostics.report(
            data,
            text.help("use an owned type, such as `String` or `Arc<T>`"),
        );
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
