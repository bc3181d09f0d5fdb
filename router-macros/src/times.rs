//! Measures the duration of expansions.
//!
//! If the compiler's environment has `ROUTER_MACROS_TIMES=FILE`, each expansion appends a line to
//! the file: its attribute, and its duration in microseconds.

use proc_macro2::TokenStream;
use std::{env, fs::OpenOptions, io::Write as _, time::Instant};

const VARIABLE: &str = "ROUTER_MACROS_TIMES";

/// Runs an expansion, and records its duration if `ROUTER_MACROS_TIMES` is set.
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
    // A failure to record the duration must not fail the compilation.
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    expansion
}
