//! Parses the values of options.
//!
//! Literals are checked here, where they can be underlined. Any other expression is left to the
//! compiler.

use super::{deflate, rate, words};
use crate::{
    diagnostics::message,
    model::options::{Fault, List, Quantity, Setting, Spec, Value, ValueKind},
    tokens::{mentions, shown},
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{BinOp, Error, Expr, Lit, LitInt, LitStr, UnOp, parse::ParseStream};

/// The option that has options of its own.
pub(super) const DEFLATE: &str = "per_message_deflate";

/// Reads the value of a socket's option.
pub(crate) fn setting(
    spec: &'static Spec,
    key: &Ident,
    has_value: bool,
    input: ParseStream<'_>,
) -> syn::Result<Setting> {
    let value = match spec.kind {
        ValueKind::Quantity(quantity) => number(spec.name, quantity, input.parse()?)?,
        ValueKind::Flag => flag(spec.name, input.parse()?)?,
        ValueKind::List(list) => strings(spec, list, input.parse()?)?,
        ValueKind::Words(words) => words::value(spec.name, words, input.parse()?)?,
        ValueKind::Rate(frequency) => rate::value(spec.name, frequency, input.parse()?)?,
        ValueKind::Deflate => Value::Deflate(deflate::value(key, has_value, input)?),
    };
    let key = key.clone();
    Ok(Setting { key, spec, value })
}

/// Reads a list of strings, and checks the elements that are literals.
fn strings(spec: &Spec, list: &List, expr: Expr) -> syn::Result<Value> {
    let name = spec.name;
    let elements: Vec<Expr> = match expr {
        Expr::Reference(reference) if matches!(*reference.expr, Expr::Array(_)) => {
            return strings(spec, list, *reference.expr);
        }
        Expr::Array(array) if array.elems.is_empty() => {
            return Err(Error::new_spanned(array, list.empty));
        }
        Expr::Array(array) => array.elems.into_iter().collect(),
        expr if literal(&expr).is_some() => {
            let text = message(format!("`{name}` must be a list of strings"));
            let help = format!("write `{}`", spec.example);
            return Err(Error::new_spanned(expr, text.help(help)));
        }
        expr => return Ok(Value::Constant(expr)),
    };
    let mut seen: Vec<&LitStr> = Vec::new();
    for element in &elements {
        match literal(element) {
            Some(Lit::Str(text)) => {
                let value = text.value();
                if let Some((alone, fault)) = list.alone
                    && value == alone
                    && elements.len() > 1
                {
                    let help = format!("write `{name} = [\"{alone}\"]`, or leave `{alone}` out");
                    return Err(Error::new_spanned(text, message(fault).help(help)));
                }
                if let Some(fault) = (list.check)(&value) {
                    return Err(Error::new_spanned(text, fault));
                }
                if let Some(first) = seen.iter().find(|first| first.value() == value) {
                    let mut error = Error::new_spanned(
                        text,
                        format!("`{name}` cannot contain `{value:?}` twice"),
                    );
                    error.combine(Error::new_spanned(first, "[note] first given here"));
                    return Err(error);
                }
                seen.push(text);
            }
            Some(other) => {
                let text = format!("`{name}` must be a list of strings");
                return Err(Error::new_spanned(other, text));
            }
            None => {}
        }
    }
    match elements.get(list.most) {
        Some(excess) => {
            let text = format!("`{name}` cannot have more than {} entries", list.most);
            Err(Error::new_spanned(excess, text))
        }
        None => Ok(Value::List(elements)),
    }
}

pub(super) fn flag(name: &str, expr: Expr) -> syn::Result<Value> {
    match literal(&expr) {
        Some(Lit::Bool(_)) | None => Ok(Value::Flag(expr)),
        Some(_) => {
            let text = message(format!("`{name}` must be `true` or `false`"));
            let help = format!("write `{name} = true`");
            Err(Error::new_spanned(expr, text.help(help)))
        }
    }
}

pub(super) fn number(name: &str, quantity: &'static Quantity, expr: Expr) -> syn::Result<Value> {
    let read = match literal(&expr) {
        Some(Lit::Str(text)) => quantity.read(&text.value()),
        Some(Lit::Int(int)) => integer(quantity, int),
        Some(_) => Err(Fault::Malformed),
        None if is_negative(&expr) || is_a_duration(&expr) => Err(Fault::Malformed),
        None if let Some(value) = folded(&expr) => quantity.read(&value.to_string()),
        None => return Ok(Value::Number { expr, quantity }),
    };
    let fault = match read {
        Ok(value) => return Ok(Value::Known(value)),
        Err(fault) => fault,
    };
    let text = match fault {
        Fault::OutOfRange => message(format!("`{name}` must be {}", quantity.bounds())),
        Fault::Malformed => {
            let found = shown(expr.to_token_stream());
            message(format!("`{name}` cannot be `{found}`")).help(quantity.form)
        }
    };
    Err(Error::new_spanned(expr, text))
}

fn integer(quantity: &Quantity, int: &LitInt) -> Result<u64, Fault> {
    match int.suffix() {
        "" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
        | "i128" | "isize" => quantity.read(int.base10_digits()),
        // `120s` is one token, and a unit is only read from a string.
        _ => Err(Fault::Malformed),
    }
}

/// The literal, if the expression is one, even if `macro_rules` passed it on.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// The value of an expression that consists only of integers.
///
/// The compiler would evaluate it as an `i32`, for which `4 * 1024 * 1024 * 1024` is too large.
pub(super) fn folded(expr: &Expr) -> Option<u128> {
    match expr {
        Expr::Group(group) => folded(&group.expr),
        Expr::Paren(paren) => folded(&paren.expr),
        Expr::Lit(_) => match literal(expr)? {
            Lit::Int(int) if int.suffix().is_empty() => int.base10_parse().ok(),
            _ => None,
        },
        Expr::Binary(binary) => {
            let (left, right) = (folded(&binary.left)?, folded(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Shl(_) => left.checked_mul(2_u128.checked_pow(right.try_into().ok()?)?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether an expression is a call such as `Duration::from_secs(5)`, which is not an integer.
fn is_a_duration(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call) if mentions(call.func.to_token_stream(), "Duration"))
}

pub(super) fn is_negative(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(unary) => matches!(unary.op, UnOp::Neg(_)) && literal(&unary.expr).is_some(),
        Expr::Group(group) => is_negative(&group.expr),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::SPECS;
    use syn::parse::Parser as _;

    fn read(option: &str, value: &str) -> Result<Value, String> {
        let spec = SPECS.iter().find(|spec| spec.name == option).unwrap();
        let key = Ident::new(option, proc_macro2::Span::call_site());
        let parser = |input: ParseStream<'_>| setting(spec, &key, true, input);
        parser
            .parse_str(value)
            .map(|setting| setting.value)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn literals_are_worked_out() {
        for (option, value, expected) in [
            ("max_payload_length", "1024", 1024),
            ("max_payload_length", "0x400", 1024),
            ("max_payload_length", "1_024u32", 1024),
            ("max_payload_length", "\"16MB\"", 16 * 1024 * 1024),
            (
                "max_payload_length",
                "(16 + 16) * 1024 * 1024",
                32 * 1024 * 1024,
            ),
            ("max_payload_length", "(1 << 31) - 1", (1 << 31) - 1),
            ("backpressure_limit", "0", 0),
            ("idle_timeout", "120", 120_000),
            ("idle_timeout", "\"1500ms\"", 1500),
        ] {
            match read(option, value) {
                Ok(Value::Known(number)) => assert_eq!(number, expected, "{option} = {value}"),
                _ => panic!("{option} = {value} was not worked out"),
            }
        }
    }

    #[test]
    fn expressions_are_left_to_the_compiler() {
        for value in [
            "16 * 1024 * KB",
            "LIMIT",
            "Self::LIMIT",
            "1024u64 * 2",
            "7 / 2",
            "limit::<1, 2>()",
        ] {
            let read = read("max_payload_length", value);
            assert!(matches!(read, Ok(Value::Number { .. })), "{value}");
        }
        for value in ["true", "false", "cfg!(debug_assertions)", "!PINGS"] {
            let read = read("send_pings", value);
            assert!(matches!(read, Ok(Value::Flag(_))), "{value}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_literal_is_said() {
        let size = "\n= help: write a number of bytes, or a string with a unit: \"64KB\", \"16MB\", \"1GB\"";
        let duration = "\n= help: write a number of seconds, or a string with a unit: \"1500ms\", \"120s\", \"2m\"";
        for (option, value, message) in [
            (
                "max_payload_length",
                "4294967296",
                "`max_payload_length` must be at most 4294967295 bytes".to_owned(),
            ),
            (
                "idle_timeout",
                "\"17m\"",
                "`idle_timeout` must be at most 960 seconds".to_owned(),
            ),
            (
                "backpressure_limit",
                "\"1XB\"",
                format!("`backpressure_limit` cannot be `\"1XB\"`{size}"),
            ),
            (
                "max_payload_length",
                "16MB",
                format!("`max_payload_length` cannot be `16MB`{size}"),
            ),
            (
                "idle_timeout",
                "1.5",
                format!("`idle_timeout` cannot be `1.5`{duration}"),
            ),
            (
                "idle_timeout",
                "true",
                format!("`idle_timeout` cannot be `true`{duration}"),
            ),
            (
                "max_payload_length",
                "4 * 1024 * 1024 * 1024",
                "`max_payload_length` must be at most 4294967295 bytes".to_owned(),
            ),
            (
                "idle_timeout",
                "Duration::from_secs(5)",
                format!("`idle_timeout` cannot be `Duration::from_secs(5)`{duration}"),
            ),
            (
                "on_slow",
                "drop",
                "`on_slow` cannot be `drop`\n= help: write `on_slow = \"drop\"`".to_owned(),
            ),
            (
                "send_pings",
                "\"yes\"",
                "`send_pings` must be `true` or `false`\n= help: write `send_pings = true`"
                    .to_owned(),
            ),
        ] {
            assert_eq!(
                read(option, value).err(),
                Some(message),
                "{option} = {value}"
            );
        }
        assert!(read("idle_timeout", "-1").is_err());
    }

    #[test]
    fn lists_are_checked_where_they_are_literal() {
        for (option, value) in [
            ("origins", r#"["https://a.example", SITE, "same-origin"]"#),
            ("origins", r#"["*"]"#),
            ("protocols", r#"["v2", "v1"]"#),
        ] {
            assert!(matches!(read(option, value), Ok(Value::List(_))), "{value}");
        }
        assert!(matches!(read("origins", "ALLOWED"), Ok(Value::Constant(_))));
        for (option, value, message) in [
            (
                "origins",
                "[]",
                "`origins` cannot be empty: no client could connect",
            ),
            (
                "protocols",
                r#"["a", "b", "a"]"#,
                "`protocols` cannot contain `\"a\"` twice",
            ),
            ("protocols", "[1]", "`protocols` must be a list of strings"),
            (
                "origins",
                r#"[SITE, "*"]"#,
                "`*` admits every page: the other entries do nothing\n= help: write `origins = [\"*\"]`, or leave `*` out",
            ),
        ] {
            assert_eq!(
                read(option, value).err().as_deref(),
                Some(message),
                "{value}"
            );
        }
        assert!(read("origins", r#""https://a.example""#).is_err());
        let many: Vec<String> = (0..256).map(|i| format!("\"v{i}\"")).collect();
        let many = format!("[{}]", many.join(","));
        assert_eq!(
            read("protocols", &many).err().as_deref(),
            Some("`protocols` cannot have more than 255 entries")
        );
    }
}
