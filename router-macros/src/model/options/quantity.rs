//! Numbers with a unit.

/// A kind of number with a unit.
pub(crate) struct Quantity {
    /// The value of the plain integer `1`, in the unit of the builder.
    pub(crate) integer: u64,
    /// The units that a string may have, and their values in the unit of the builder.
    pub(crate) units: &'static [(&'static str, u64)],
    /// The largest value, in the unit of the builder.
    pub(crate) limit: u64,
    /// The largest value, in words.
    pub(crate) limit_in_words: &'static str,
    /// The smallest value, in the unit of the builder.
    pub(crate) least: u64,
    /// Help text on how to write the value.
    pub(crate) form: &'static str,
}

pub(super) static SIZE: Quantity = Quantity {
    integer: 1,
    units: &[("B", 1), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30)],
    limit: u32::MAX as u64,
    limit_in_words: "4294967295 bytes",
    least: 0,
    form: r#"write a number of bytes, or a string with a unit: "64KB", "16MB", "1GB""#,
};

pub(super) static DURATION: Quantity = Quantity {
    integer: 1000,
    units: &[("ms", 1), ("s", 1000), ("m", 60_000)],
    limit: 960_000,
    limit_in_words: "960 seconds",
    least: 0,
    form: r#"write a number of seconds, or a string with a unit: "1500ms", "120s", "2m""#,
};

pub(super) static LIFETIME: Quantity = Quantity {
    units: &[
        ("ms", 1),
        ("s", 1000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
    ],
    limit: 30 * 86_400_000,
    limit_in_words: "30 days",
    form: r#"write a number of seconds, or a string with a unit: "90s", "30m", "12h", "7d""#,
    ..DURATION
};

pub(super) static COUNT: Quantity = Quantity {
    integer: 1,
    units: &[],
    limit: u32::MAX as u64,
    limit_in_words: "4294967295",
    least: 0,
    form: "write a number, or 0 for no limit",
};

pub(super) static RATIO: Quantity = Quantity {
    form: "write a number, such as 100, or 0 for no limit",
    ..COUNT
};

pub(super) static BURST: Quantity = Quantity {
    form: "write a number of messages, such as 100; 0 means the same number as in `rate_limit`",
    ..COUNT
};

pub(crate) static LEVEL: Quantity = Quantity {
    integer: 1,
    units: &[],
    limit: 9,
    limit_in_words: "9",
    least: 1,
    form: "write a number from 1 (fastest) to 9 (smallest)",
};

/// Why a text is not a valid quantity.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Malformed,
    OutOfRange,
}

impl Quantity {
    /// The allowed range, in words.
    pub(crate) fn bounds(&self) -> String {
        match self.least {
            0 => format!("at most {}", self.limit_in_words),
            least => format!("from {least} to {}", self.limit_in_words),
        }
    }

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
        // `digits` contains only digits, so a parse error means that the number is too large.
        let number: Option<u64> = digits.parse().ok();
        number
            .and_then(|number| number.checked_mul(factor))
            .filter(|value| (self.least..=self.limit).contains(value))
            .ok_or(Fault::OutOfRange)
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
            assert_eq!(SIZE.read(text), Err(Fault::OutOfRange), "{text}");
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
            assert_eq!(DURATION.read(text), Err(Fault::OutOfRange), "{text}");
        }
    }

    #[test]
    fn other_quantities_have_their_own_units_and_bounds() {
        assert_eq!(LIFETIME.read("7d"), Ok(7 * 86_400_000));
        assert_eq!(LIFETIME.read("31d"), Err(Fault::OutOfRange));
        assert_eq!(COUNT.read("10"), Ok(10));
        assert_eq!(COUNT.read("10KB"), Err(Fault::Malformed));
        assert_eq!(LEVEL.read("0"), Err(Fault::OutOfRange));
        assert_eq!(LEVEL.read("9"), Ok(9));
        assert_eq!(LEVEL.bounds(), "from 1 to 9");
    }
}
