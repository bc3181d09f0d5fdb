//! Parses the user's code: the `impl` block, and the arguments of attributes.
//!
//! Parsing is lenient: readable parts are kept, and other parts are reported and skipped.

pub(crate) mod arguments;
pub(crate) mod attribute;
mod deflate;
pub(crate) mod impl_block;
pub(crate) mod option;
mod rate;
mod scalar;
mod signature;
pub(crate) mod values;
mod words;
