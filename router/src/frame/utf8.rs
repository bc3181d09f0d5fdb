//! Validating text that arrives in pieces (RFC 6455 §8.1). Validation fails at the first byte that cannot be
//! valid.

use super::Violation;

/// How much of a growing text has been validated. The caller owns the text itself.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Everything before this index is valid. At most one incomplete character follows it.
    valid_up_to: usize,
}

impl Progress {
    /// Validates the bytes that were appended to `text` since the last call.
    pub(crate) fn check(&mut self, text: &[u8]) -> Result<(), Violation> {
        match simdutf8::compat::from_utf8(&text[self.valid_up_to..]) {
            Ok(valid) => self.valid_up_to += valid.len(),
            Err(error) if error.error_len().is_none() => self.valid_up_to += error.valid_up_to(),
            Err(_) => return Err(Violation::BAD_TEXT),
        }
        Ok(())
    }

    /// Checks that `text` ends with a complete character.
    pub(crate) fn finish(&self, text: &[u8]) -> Result<(), Violation> {
        if self.valid_up_to == text.len() {
            Ok(())
        } else {
            Err(Violation::BAD_TEXT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the text that consists of `pieces` is found valid when it is checked piece by piece.
    fn fed(pieces: &[&[u8]]) -> bool {
        let (mut progress, mut text) = (Progress::default(), Vec::new());
        for piece in pieces {
            text.extend_from_slice(piece);
            if progress.check(&text).is_err() {
                return false;
            }
        }
        progress.finish(&text).is_ok()
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library_at_every_split(
            bytes in prop_oneof![
                any::<String>().prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..12),
            ],
        ) {
            let expected = std::str::from_utf8(&bytes).is_ok();
            for cut in 0..=bytes.len() {
                let (left, right) = bytes.split_at(cut);
                prop_assert_eq!(fed(&[left, right]), expected);
            }
        }
    }

    #[test]
    fn fails_at_the_first_byte_that_cannot_be_right() {
        // F4 90 starts a character above U+10FFFF, which shows at the second of its four bytes.
        assert!(Progress::default().check(&[0xF4]).is_ok());
        assert_eq!(
            Progress::default().check(&[0xF4, 0x90]),
            Err(Violation::BAD_TEXT)
        );
        // ED A0 starts a surrogate.
        assert_eq!(
            Progress::default().check(&[0xED, 0xA0]),
            Err(Violation::BAD_TEXT)
        );
    }
}
