//! Numbers per second or minute: `rate_limit` and `byte_rate`.

use super::quantity::{COUNT, Fault, Quantity, SIZE};

/// A kind of number per second or per minute.
pub(crate) struct Frequency {
    /// The quantity that is counted.
    counted: &'static Quantity,
    /// Help text on how to write the value.
    pub(crate) form: &'static str,
}

pub(super) static MESSAGES: Frequency = Frequency {
    counted: &COUNT,
    form: r#"write a number per second or per minute: "50/s", "3000/m""#,
};

pub(super) static BYTES: Frequency = Frequency {
    counted: &SIZE,
    form: r#"write a size per second or per minute: "64KB/s", "30MB/m""#,
};

/// A parsed rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: u64,
    /// The name of the runtime's constructor.
    pub(crate) constructor: &'static str,
}

/// The periods, and the names of their constructors in the runtime.
static PERIODS: [(&str, &str); 2] = [("s", "per_second"), ("m", "per_minute")];

/// Why a text is not a valid rate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RateFault {
    Malformed,
    Zero,
    TooLarge,
}

impl Frequency {
    /// The largest count, in words.
    pub(crate) fn limit_in_words(&self) -> &'static str {
        self.counted.limit_in_words
    }

    /// Reads a quantity, a slash and a period: `50/s`, `30MB/m`.
    pub(crate) fn read(&self, text: &str) -> Result<Rate, RateFault> {
        let (count, period) = text.split_once('/').ok_or(RateFault::Malformed)?;
        let known = PERIODS.iter().find(|(name, _)| *name == period);
        let (_, constructor) = known.ok_or(RateFault::Malformed)?;
        match self.counted.read(count) {
            Ok(0) => Err(RateFault::Zero),
            Ok(count) => Ok(Rate { count, constructor }),
            Err(Fault::OutOfRange) => Err(RateFault::TooLarge),
            Err(Fault::Malformed) => Err(RateFault::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_quantity_per_second_or_minute() {
        for (frequency, text, count, constructor) in [
            (&MESSAGES, "50/s", 50, "per_second"),
            (&MESSAGES, "3000/m", 3000, "per_minute"),
            (&MESSAGES, "4294967295/s", u64::from(u32::MAX), "per_second"),
            (&BYTES, "100/s", 100, "per_second"),
            (&BYTES, "1MB/s", 1 << 20, "per_second"),
            (&BYTES, "64KB/m", 64 << 10, "per_minute"),
        ] {
            let rate = Rate { count, constructor };
            assert_eq!(frequency.read(text), Ok(rate), "{text}");
        }
        for text in [
            "", "50", "/s", "50/", "50/h", "50/sec", "50 / s", "50/s/s", "-1/s", "1KB/s",
        ] {
            assert_eq!(MESSAGES.read(text), Err(RateFault::Malformed), "{text}");
        }
        for text in ["1XB/s", "1mb/s", "MB/s", "1MB"] {
            assert_eq!(BYTES.read(text), Err(RateFault::Malformed), "{text}");
        }
        assert_eq!(MESSAGES.read("0/s"), Err(RateFault::Zero));
        assert_eq!(BYTES.read("0MB/m"), Err(RateFault::Zero));
        assert_eq!(MESSAGES.read("4294967296/s"), Err(RateFault::TooLarge));
        assert_eq!(BYTES.read("4GB/s"), Err(RateFault::TooLarge));
    }
}
