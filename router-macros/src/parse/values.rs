//! Parses the values of options.
//!
//! Literals are checked here, where they can be underlined. Any other expression is left to the
//! compiler.

use super::{
    deflate, rate,
    scalar::{flag, number},
    words,
};
use crate::{
    diagnostics::message,
    model::options::{List, Setting, Spec, Value, ValueKind},
    tokens::literal,
};
use proc_macro2::Ident;
use syn::{Error, Expr, Lit, LitStr, parse::ParseStream};

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
                    error.combine(Error::new_spanned(
                        first,
                        format!("[note] {value:?} is first given here"),
                    ));
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
    fn invalid_literals_are_reported() {
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
