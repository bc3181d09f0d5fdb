//! Parses numbers per second or per minute: `rate_limit` and `byte_rate`.

use super::scalar::{folded, is_negative};
use crate::{
    diagnostics::message,
    model::options::{Frequency, Rate, RateFault, Value},
    tokens::{literal, shown},
};
use quote::ToTokens as _;
use syn::{Error, Expr, Lit};

/// Reads a rate in quotes. An expression that could be a constant is left to the compiler.
pub(super) fn value(name: &str, frequency: &Frequency, expr: Expr) -> syn::Result<Value> {
    let read = match literal(&expr) {
        Some(Lit::Str(text)) => frequency.read(&text.value()),
        Some(_) => Err(RateFault::Malformed),
        None if is_negative(&expr) || folded(&expr).is_some() => Err(RateFault::Malformed),
        None if meant(frequency, &expr).is_some() => Err(RateFault::Malformed),
        None => return Ok(Value::Typed { expr, ty: "Rate" }),
    };
    let text = match read {
        Ok(rate) => return Ok(Value::Rate(rate)),
        Err(RateFault::Zero) => message(format!("`{name}` must be more than zero")).help(
            format_args!("for no limit, leave `{name}` out or write `{name} = Rate::NONE`"),
        ),
        Err(RateFault::TooLarge) => {
            let limit = frequency.limit_in_words();
            message(format!("`{name}` must be at most {limit}"))
        }
        Err(RateFault::Malformed) => {
            let found = shown(expr.to_token_stream());
            let text = message(format!("`{name}` cannot be `{found}`"));
            match meant(frequency, &expr) {
                Some(meant) => text.help(format_args!("write `{name} = \"{meant}\"`")),
                None => text.help(frequency.form),
            }
        }
    };
    Err(Error::new_spanned(expr, text))
}

/// The rate that was probably meant by an expression with spaces or without quotes: `50/s` for
/// `"50 / s"` and for `50/s`.
fn meant(frequency: &Frequency, expr: &Expr) -> Option<String> {
    let mut text = match literal(expr) {
        Some(Lit::Str(text)) => text.value(),
        _ => expr.to_token_stream().to_string(),
    };
    text.retain(|c| !c.is_whitespace());
    let is_rate = matches!(frequency.read(&text), Ok(Rate { .. }));
    is_rate.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::{SPECS, ValueKind};

    fn read(name: &str, text: &str) -> Result<Value, String> {
        let spec = SPECS.iter().find(|spec| spec.name == name).unwrap();
        let ValueKind::Rate(frequency) = spec.kind else {
            panic!("{name} is a rate");
        };
        let expr = syn::parse_str(text).unwrap();
        value(name, frequency, expr).map_err(|error| error.to_string())
    }

    #[test]
    fn constants_are_left_to_the_compiler() {
        for text in ["LIMIT", "Self::LIMIT", "Rate::per_second(50)", "LIMIT / s"] {
            assert!(
                matches!(
                    read("rate_limit", text),
                    Ok(Value::Typed { ty: "Rate", .. })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_mistake_is_answered_with_the_form() {
        let messages = "= help: write a number per second or per minute: \"50/s\", \"3000/m\"";
        let bytes = "= help: write a size per second or per minute: \"64KB/s\", \"30MB/m\"";
        for (name, text, help) in [
            ("rate_limit", "50", messages),
            ("rate_limit", "-50", messages),
            ("rate_limit", "25 * 2", messages),
            ("rate_limit", "\"50/h\"", messages),
            (
                "rate_limit",
                "50/s",
                "= help: write `rate_limit = \"50/s\"`",
            ),
            (
                "rate_limit",
                "\"50 / s\"",
                "= help: write `rate_limit = \"50/s\"`",
            ),
            ("byte_rate", "\"1mb/s\"", bytes),
            (
                "byte_rate",
                "1MB/s",
                "= help: write `byte_rate = \"1MB/s\"`",
            ),
        ] {
            let error = read(name, text).err().unwrap_or_default();
            assert!(error.ends_with(help), "{name} = {text}: {error}");
        }
        for (name, text, message) in [
            (
                "rate_limit",
                "\"0/s\"",
                "`rate_limit` must be more than zero\n= help: for no limit, leave `rate_limit` out or write `rate_limit = Rate::NONE`",
            ),
            (
                "byte_rate",
                "\"4GB/s\"",
                "`byte_rate` must be at most 4294967295 bytes",
            ),
        ] {
            assert_eq!(read(name, text).err().as_deref(), Some(message));
        }
    }
}
