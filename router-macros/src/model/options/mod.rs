//! The options of a socket, and the values that they accept.

mod deflate;
mod list;
mod quantity;
mod rate;
mod words;

pub(crate) use deflate::{COMPRESSORS, Chosen, Compressor, Deflate};
pub(crate) use list::List;
pub(crate) use quantity::{Fault, LEVEL, Quantity};
pub(crate) use rate::{Frequency, Rate, RateFault};
pub(crate) use words::Words;

use crate::tokens::literal;
use proc_macro2::Ident;
use quantity::{BURST, COUNT, DURATION, LIFETIME, RATIO, SIZE};
use syn::Expr;

/// An option of `#[websocket(…)]` that is passed to the runtime's builder.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// The builder's function, whose name includes the unit if it would be unclear otherwise.
    pub(crate) builder: &'static str,
    pub(crate) kind: ValueKind,
    pub(crate) example: &'static str,
}

impl Spec {
    /// The runtime's name for the setting that this option changes.
    pub(crate) fn sets(&self) -> &'static str {
        match self.name {
            "close_on_backpressure_limit" => "on_slow",
            name => name,
        }
    }

    /// Whether other options can make it ineffective. The names are those in the runtime's
    /// `Options::contradiction`.
    pub(crate) fn can_do_nothing(&self) -> bool {
        matches!(
            self.sets(),
            "ping_interval"
                | "pong_timeout"
                | "on_slow"
                | "compress_threshold"
                | "max_inflation_ratio"
                | "burst"
                | "on_flood"
        )
    }
}

#[derive(Clone, Copy)]
pub(crate) enum ValueKind {
    Quantity(&'static Quantity),
    Flag,
    List(&'static List),
    Words(&'static Words),
    Rate(&'static Frequency),
    Deflate,
}

/// The options of a socket.
#[derive(Default)]
pub(crate) struct Settings {
    /// The base that the other options override: `options = Options::HARDENED`.
    pub(crate) base: Option<Expr>,
    pub(crate) set: Vec<Setting>,
}

impl Settings {
    pub(crate) fn is_empty(&self) -> bool {
        self.base.is_none() && self.set.is_empty()
    }

    /// Whether the macro can read all values, so that it checks their combination itself.
    pub(crate) fn are_known(&self) -> bool {
        self.base.is_none() && self.set.iter().all(|setting| setting.value.is_known())
    }
}

/// An option that is set.
pub(crate) struct Setting {
    /// Its name, as the user wrote it.
    pub(crate) key: Ident,
    pub(crate) spec: &'static Spec,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// A number that the macro has read and that is in range, in the unit of the builder.
    Known(u64),
    /// An integer that only the compiler can evaluate. Generated code checks it.
    Number {
        expr: Expr,
        quantity: &'static Quantity,
    },
    Flag(Expr),
    /// A list of strings whose elements are written out.
    List(Vec<Expr>),
    /// A variant of a type of the runtime.
    Word {
        ty: &'static str,
        variant: &'static str,
    },
    Rate(Rate),
    /// A list that only the compiler can evaluate.
    Constant(Expr),
    /// A value of one of the runtime's types that only the compiler can evaluate.
    Typed {
        expr: Expr,
        ty: &'static str,
    },
    Deflate(Deflate),
}

impl Value {
    /// Whether the macro can read the value well enough to check how it combines with other options.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Self::Known(_) | Self::Word { .. } | Self::Rate(_) | Self::List(_) => true,
            Self::Number { .. } | Self::Constant(_) | Self::Typed { .. } => false,
            Self::Flag(expr) | Self::Deflate(Deflate::Switch(expr)) => literal(expr).is_some(),
            Self::Deflate(Deflate::Chosen(_)) => true,
        }
    }
}

pub(crate) static SPECS: [Spec; 22] = [
    Spec {
        name: "max_payload_length",
        builder: "max_payload_length",
        kind: ValueKind::Quantity(&SIZE),
        example: r#"max_payload_length = "16MB""#,
    },
    Spec {
        name: "idle_timeout",
        builder: "idle_timeout_ms",
        kind: ValueKind::Quantity(&DURATION),
        example: r#"idle_timeout = "120s""#,
    },
    Spec {
        name: "backpressure_limit",
        builder: "backpressure_limit",
        kind: ValueKind::Quantity(&SIZE),
        example: r#"backpressure_limit = "1MB""#,
    },
    Spec {
        name: "on_slow",
        builder: "on_slow",
        kind: ValueKind::Words(&words::ON_SLOW),
        example: r#"on_slow = "drop_oldest""#,
    },
    Spec {
        name: "close_on_backpressure_limit",
        builder: "close_on_backpressure_limit",
        kind: ValueKind::Flag,
        example: "close_on_backpressure_limit = true",
    },
    Spec {
        name: "send_pings",
        builder: "send_pings",
        kind: ValueKind::Flag,
        example: "send_pings = false",
    },
    Spec {
        name: "publish_to_self",
        builder: "publish_to_self",
        kind: ValueKind::Flag,
        example: "publish_to_self = true",
    },
    Spec {
        name: "per_message_deflate",
        builder: "per_message_deflate",
        kind: ValueKind::Deflate,
        example: r#"per_message_deflate(compress = "16KB")"#,
    },
    Spec {
        name: "compress_threshold",
        builder: "compress_threshold",
        kind: ValueKind::Quantity(&SIZE),
        example: r#"compress_threshold = "1KB""#,
    },
    Spec {
        name: "ping_interval",
        builder: "ping_interval_ms",
        kind: ValueKind::Quantity(&DURATION),
        example: r#"ping_interval = "30s""#,
    },
    Spec {
        name: "pong_timeout",
        builder: "pong_timeout_ms",
        kind: ValueKind::Quantity(&DURATION),
        example: r#"pong_timeout = "10s""#,
    },
    Spec {
        name: "max_lifetime",
        builder: "max_lifetime_ms",
        kind: ValueKind::Quantity(&LIFETIME),
        example: r#"max_lifetime = "12h""#,
    },
    Spec {
        name: "origins",
        builder: "origins",
        kind: ValueKind::List(&list::ORIGINS),
        example: r#"origins = ["https://example.com", "same-origin"]"#,
    },
    Spec {
        name: "protocols",
        builder: "protocols",
        kind: ValueKind::List(&list::PROTOCOLS),
        example: r#"protocols = ["chat.v2", "chat.v1"]"#,
    },
    Spec {
        name: "max_connections",
        builder: "max_connections",
        kind: ValueKind::Quantity(&COUNT),
        example: "max_connections = 10_000",
    },
    Spec {
        name: "max_subscriptions",
        builder: "max_subscriptions",
        kind: ValueKind::Quantity(&COUNT),
        example: "max_subscriptions = 100",
    },
    Spec {
        name: "message_timeout",
        builder: "message_timeout_ms",
        kind: ValueKind::Quantity(&LIFETIME),
        example: r#"message_timeout = "30s""#,
    },
    Spec {
        name: "max_inflation_ratio",
        builder: "max_inflation_ratio",
        kind: ValueKind::Quantity(&RATIO),
        example: "max_inflation_ratio = 100",
    },
    Spec {
        name: "rate_limit",
        builder: "rate_limit",
        kind: ValueKind::Rate(&rate::MESSAGES),
        example: r#"rate_limit = "50/s""#,
    },
    Spec {
        name: "burst",
        builder: "burst",
        kind: ValueKind::Quantity(&BURST),
        example: "burst = 100",
    },
    Spec {
        name: "byte_rate",
        builder: "byte_rate",
        kind: ValueKind::Rate(&rate::BYTES),
        example: r#"byte_rate = "1MB/s""#,
    },
    Spec {
        name: "on_flood",
        builder: "on_flood",
        kind: ValueKind::Words(&words::ON_FLOOD),
        example: r#"on_flood = "close""#,
    },
];
