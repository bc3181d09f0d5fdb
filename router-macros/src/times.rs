//! How long expansions take, for whoever measures: with `ROUTER_MACROS_TIMES=FILE` in the compiler's
//! environment, each of them appends a line, its attribute and its microseconds.

use proc_macro2::TokenStream;
use std::{env, fs::OpenOptions, io::Write as _, time::Instant};

const VARIABLE: &str = "ROUTER_MACROS_TIMES";

/// Expands; notes the time, if anybody asks.
pub(crate) fn noted(
    attribute: &str,
    expand: impl FnOnce() -> TokenStream,
) -> proc_macro::TokenStream {
    let Some(path) = env::var_os(VARIABLE) else {
        return expand().into();
    };
    let begin = Instant::now();
    let expansion = expand().into();
    let line = format!("{attribute} {:.1}\n", begin.elapsed().as_secs_f64() * 1e6);
    let file = OpenOptions::new().create(true).append(true).open(path);
    // Nobody's program depends on it.
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    expansion
}
