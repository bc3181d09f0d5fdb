//! Parses numbers and flags.
//!
//! Literals are checked here, where they can be underlined. Any other expression is left to the
//! compiler.

use crate::{
    diagnostics::message,
    model::options::{Fault, Quantity, Value},
    tokens::{literal, mentions, shown},
};
use quote::ToTokens as _;
use syn::{BinOp, Error, Expr, Lit, LitInt, UnOp};

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
