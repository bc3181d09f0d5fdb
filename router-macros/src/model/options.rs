//! The options of a socket: which there are, and the values they may have.

use syn::Expr;

/// An option of `#[websocket(…)]` that the runtime's builder takes.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// The builder's function, which has the unit in its name where there could be doubt.
    pub(crate) builder: &'static str,
    pub(crate) kind: Kind,
    pub(crate) example: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Quantity(&'static Quantity),
    Flag,
}

/// An option that is set.
pub(crate) struct Setting {
    pub(crate) spec: &'static Spec,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// A literal, in range, in the unit of the builder.
    Known(u64),
    /// An integer that only the compiler can work out: generated code checks it.
    Number {
        expr: Expr,
        quantity: &'static Quantity,
    },
    Flag(Expr),
}

pub(crate) static SPECS: [Spec; 6] = [
    Spec {
        name: "max_payload_length",
        builder: "max_payload_length",
        kind: Kind::Quantity(&SIZE),
        example: r#"max_payload_length = "16MB""#,
    },
    Spec {
        name: "idle_timeout",
        builder: "idle_timeout_ms",
        kind: Kind::Quantity(&DURATION),
        example: r#"idle_timeout = "120s""#,
    },
    Spec {
        name: "backpressure_limit",
        builder: "backpressure_limit",
        kind: Kind::Quantity(&SIZE),
        example: r#"backpressure_limit = "1MB""#,
    },
    Spec {
        name: "close_on_backpressure_limit",
        builder: "close_on_backpressure_limit",
        kind: Kind::Flag,
        example: "close_on_backpressure_limit = true",
    },
    Spec {
        name: "send_pings",
        builder: "send_pings",
        kind: Kind::Flag,
        example: "send_pings = false",
    },
    Spec {
        name: "publish_to_self",
        builder: "publish_to_self",
        kind: Kind::Flag,
        example: "publish_to_self = true",
    },
];

/// A number with a unit.
pub(crate) struct Quantity {
    /// What an integer without a unit counts, in the unit of the builder.
    pub(crate) integer: u64,
    /// The units that a string may have, in the unit of the builder.
    pub(crate) units: &'static [(&'static str, u64)],
    /// The largest value, in the unit of the builder.
    pub(crate) limit: u64,
    /// The largest value, in words.
    pub(crate) limit_in_words: &'static str,
    /// How to write one.
    pub(crate) form: &'static str,
}

static SIZE: Quantity = Quantity {
    integer: 1,
    units: &[("B", 1), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30)],
    limit: u32::MAX as u64,
    limit_in_words: "4294967295 bytes",
    form: r#"write a number of bytes, or a string with a unit: "64KB", "16MB", "1GB""#,
};

static DURATION: Quantity = Quantity {
    integer: 1000,
    units: &[("ms", 1), ("s", 1000), ("m", 60_000)],
    limit: 960_000,
    limit_in_words: "960 seconds",
    form: r#"write a number of seconds, or a string with a unit: "1500ms", "120s", "2m""#,
};

/// Why a text is no quantity.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Malformed,
    TooLarge,
}

impl Quantity {
    /// Reads digits and a unit: `16MB`, `1500ms`, or just `120`.
    pub(crate) fn read(&self, text: &str) -> Result<u64, Fault> {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
        let factor = match unit {
            "" => self.integer,
            unit => {
                let known = self.units.iter().find(|(name, _)| *name == unit);
                known.ok_or(Fault::Malformed)?.1
            }
        };
        if digits.is_empty() {
            return Err(Fault::Malformed);
        }
        // All digits: what fails to parse does not fit.
        let number: Option<u64> = digits.parse().ok();
        number
            .and_then(|number| number.checked_mul(factor))
            .filter(|value| *value <= self.limit)
            .ok_or(Fault::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        for (text, bytes) in [
            ("0", 0),
            ("100", 100),
            ("100B", 100),
            ("64KB", 64 * 1024),
            ("16MB", 16 * 1024 * 1024),
            ("1GB", 1024 * 1024 * 1024),
            ("4294967295", u64::from(u32::MAX)),
        ] {
            assert_eq!(SIZE.read(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "16mb", "1.5MB", "16 MB", "-1", "16MBs", "٣MB"] {
            assert_eq!(SIZE.read(text), Err(Fault::Malformed), "{text}");
        }
        for text in [
            "4294967296",
            "4GB",
            "99999999999999999999",
            "18446744073709551615GB",
        ] {
            assert_eq!(SIZE.read(text), Err(Fault::TooLarge), "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_unless_they_say_otherwise() {
        for (text, milliseconds) in [
            ("0", 0),
            ("120", 120_000),
            ("120s", 120_000),
            ("1500ms", 1500),
            ("2m", 120_000),
            ("16m", 960_000),
        ] {
            assert_eq!(DURATION.read(text), Ok(milliseconds), "{text}");
        }
        for text in ["", "s", "1h", "2 m", "120S"] {
            assert_eq!(DURATION.read(text), Err(Fault::Malformed), "{text}");
        }
        for text in ["961", "960001ms", "17m", "18446744073709551615m"] {
            assert_eq!(DURATION.read(text), Err(Fault::TooLarge), "{text}");
        }
    }
}
