//! Text that arrives in pieces (RFC 6455 §8.1): refused at the first byte that can't be right.

use super::Violation;

/// How far a growing text is known to be valid. The text itself belongs to the caller.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// All before this is valid; behind it stands at most one character that is still incomplete.
    valid_up_to: usize,
}

impl Progress {
    /// Looks at what was appended to `text` since the last call.
    pub(crate) fn check(&mut self, text: &[u8]) -> Result<(), Violation> {
        match simdutf8::compat::from_utf8(&text[self.valid_up_to..]) {
            Ok(valid) => self.valid_up_to += valid.len(),
            Err(error) if error.error_len().is_none() => self.valid_up_to += error.valid_up_to(),
            Err(_) => return Err(Violation::BAD_TEXT),
        }
        Ok(())
    }

    /// Whether `text` ends with a whole character.
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

    /// The outcome for `bytes` fed one piece after the other.
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
        // F4 90 would be above U+10FFFF: known with the second byte of four.
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
