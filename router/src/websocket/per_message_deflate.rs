//! The options of permessage-deflate (RFC 7692, Bun's `perMessageDeflate`).

/// Whether and how messages are compressed, as a builder of constants:
/// `#[websocket(per_message_deflate(…))]`.
///
/// # Examples
///
/// ```
/// use router::{Compression, Options, PerMessageDeflate};
///
/// const OPTIONS: Options = Options::DEFAULT
///     .per_message_deflate(PerMessageDeflate::ON.compress(Compression::Kb16));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct PerMessageDeflate {
    pub(crate) enabled: bool,
    pub(crate) compress: Compression,
    pub(crate) decompress: Compression,
    pub(crate) level: u64,
}

impl PerMessageDeflate {
    /// Never negotiated: the default.
    pub const OFF: Self = Self {
        enabled: false,
        ..Self::ON
    };

    /// Negotiated with clients that offer it, with shared compressors and inflaters.
    pub const ON: Self = Self {
        enabled: true,
        compress: Compression::Shared,
        decompress: Compression::Shared,
        level: DEFAULT_LEVEL,
    };

    /// The compressor of a connection. Default [`Compression::Shared`]. A size is the window that
    /// the server keeps to: `Kb16` is one of 2 KiB, for a compressor that is meant to take 16 KiB.
    pub const fn compress(mut self, compress: Compression) -> Self {
        self.compress = compress;
        self
    }

    /// The inflater of a connection. Default [`Compression::Shared`]: clients are told to compress
    /// each message on its own. With a size, or `Dedicated`, a connection that ever gets a
    /// compressed message holds 44 KiB for the window.
    ///
    /// It can't be [`Compression::Disabled`]: once negotiated, a client may compress whatever it
    /// sends.
    pub const fn decompress(mut self, decompress: Compression) -> Self {
        self.decompress = decompress;
        self
    }

    /// How hard the compressor tries, from 1 to 9. Default 1, which leaves some 37 % of 1 KiB of JSON;
    /// level 2 leaves 28 % for three times the work, and higher ones hardly less.
    pub const fn level(mut self, level: u64) -> Self {
        self.level = level;
        self
    }
}

/// The figures are beside the package of measurements.
const DEFAULT_LEVEL: u64 = 1;

/// Whose history a message may refer to, and how far back: bun-router's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// `"disable"`: nothing is compressed.
    Disabled,
    /// `"shared"`: each message on its own, by compressors that all connections share.
    Shared,
    /// `"dedicated"`: messages refer to those before, in a window of 32 KiB.
    Dedicated,
    /// `"3KB"`
    Kb3,
    /// `"4KB"`
    Kb4,
    /// `"8KB"`
    Kb8,
    /// `"16KB"`
    Kb16,
    /// `"32KB"`
    Kb32,
    /// `"64KB"`
    Kb64,
    /// `"128KB"`
    Kb128,
    /// `"256KB"`
    Kb256,
}

impl Compression {
    /// The window of a compressor, in bits.
    pub(crate) fn compressor_window(self) -> u8 {
        match self {
            Self::Kb3 | Self::Kb4 => 9,
            Self::Kb8 => 10,
            Self::Kb16 => 11,
            Self::Kb32 => 12,
            Self::Kb64 => 13,
            Self::Kb128 => 14,
            Self::Disabled | Self::Shared | Self::Dedicated | Self::Kb256 => 15,
        }
    }

    /// The window of an inflater, in bits.
    pub(crate) fn inflater_window(self) -> u8 {
        match self {
            Self::Kb3 => 11,
            Self::Kb4 => 12,
            Self::Kb8 => 13,
            Self::Kb16 => 14,
            _ => 15,
        }
    }

    /// Whether messages refer to those before.
    pub(crate) fn has_history(self) -> bool {
        !matches!(self, Self::Disabled | Self::Shared)
    }
}
