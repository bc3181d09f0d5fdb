//! `per_message_deflate`: how messages are compressed.

use super::Value;
use syn::Expr;

pub(crate) enum Deflate {
    /// On or off, with the defaults.
    Switch(Expr),
    Chosen(Box<Chosen>),
}

/// `per_message_deflate(…)`
#[derive(Default)]
pub(crate) struct Chosen {
    pub(crate) compress: Option<&'static Compressor>,
    pub(crate) decompress: Option<&'static Compressor>,
    /// Always a number.
    pub(crate) level: Option<Value>,
}

/// A compressor or inflater that the option can name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compressor {
    pub(crate) word: &'static str,
    /// The variant of the runtime's type `Compression`.
    pub(crate) variant: &'static str,
}

impl Compressor {
    /// Whether it disables compression.
    pub(crate) fn is_disabled(&self) -> bool {
        self.variant == "Disabled"
    }
}

const fn compressor(word: &'static str, variant: &'static str) -> Compressor {
    Compressor { word, variant }
}

pub(crate) static COMPRESSORS: [Compressor; 11] = [
    compressor("disable", "Disabled"),
    compressor("shared", "Shared"),
    compressor("dedicated", "Dedicated"),
    compressor("3KB", "Kb3"),
    compressor("4KB", "Kb4"),
    compressor("8KB", "Kb8"),
    compressor("16KB", "Kb16"),
    compressor("32KB", "Kb32"),
    compressor("64KB", "Kb64"),
    compressor("128KB", "Kb128"),
    compressor("256KB", "Kb256"),
];
