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
    /// The extension is never negotiated. The default.
    pub const OFF: Self = Self {
        enabled: false,
        ..Self::ON
    };

    /// The extension is negotiated with clients that offer it, and uses shared compressors and inflaters.
    pub const ON: Self = Self {
        enabled: true,
        compress: Compression::Shared,
        decompress: Compression::Shared,
        level: DEFAULT_LEVEL,
    };

    /// The compressor of a connection. Default: [`Compression::Shared`].
    ///
    /// As in Bun, a size such as `Kb16` is the size of the compressor, not of its window. The window is
    /// smaller: `Kb16` means a window of 2 KiB.
    pub const fn compress(mut self, compress: Compression) -> Self {
        self.compress = compress;
        self
    }

    /// The inflater of a connection. Default: [`Compression::Shared`], which tells clients to compress
    /// each message on its own.
    ///
    /// With a size, or `Dedicated`, a connection holds 44 KiB for the window from its first compressed
    /// message on. The inflater cannot be [`Compression::Disabled`], because a client may compress any
    /// message once the extension is negotiated.
    pub const fn decompress(mut self, decompress: Compression) -> Self {
        self.decompress = decompress;
        self
    }

    /// The compression level, from 1 to 9. Default: 1.
    ///
    /// Level 1 reduces 1 KiB of JSON to about 37 % of its size. Level 2 reduces it to 28 % and takes
    /// three times the CPU time. Higher levels hardly reduce it further.
    pub const fn level(mut self, level: u64) -> Self {
        self.level = level;
        self
    }
}

/// The measurements that led to this level are in `bench/README.md`.
const DEFAULT_LEVEL: u64 = 1;

/// Whether a compressed message may refer to earlier messages, and how far back. The quoted names are
/// bun-router's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// `"disable"`: nothing is compressed.
    Disabled,
    /// `"shared"`: each message is compressed on its own, by compressors that all connections share.
    Shared,
    /// `"dedicated"`: messages refer to earlier messages, in a window of 32 KiB.
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
    /// The window size of a compressor, in bits.
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

    /// The window size of an inflater, in bits.
    pub(crate) fn inflater_window(self) -> u8 {
        match self {
            Self::Kb3 => 11,
            Self::Kb4 => 12,
            Self::Kb8 => 13,
            Self::Kb16 => 14,
            _ => 15,
        }
    }

    /// Whether messages refer to earlier messages.
    pub(crate) fn has_history(self) -> bool {
        !matches!(self, Self::Disabled | Self::Shared)
    }
}
