//! The client's mask (RFC 6455 §5.3).

/// XORs `payload` with `mask`, beginning with the first byte of each.
pub(crate) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    // Eight bytes per step: the compiler turns this loop into vector instructions.
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= mask;
    }
}

/// The mask for the bytes that follow the first `offset` bytes.
pub(crate) fn advance(mask: [u8; 4], offset: usize) -> [u8; 4] {
    let mut mask = mask;
    mask.rotate_left(offset % 4);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_formula_of_the_rfc(payload in proptest::collection::vec(any::<u8>(), 0..200), mask: [u8; 4]) {
            let expected: Vec<u8> = payload.iter().enumerate().map(|(i, b)| b ^ mask[i % 4]).collect();
            let mut actual = payload;
            unmask(&mut actual, mask);
            prop_assert_eq!(actual, expected);
        }

        #[test]
        fn may_be_done_in_pieces(payload in proptest::collection::vec(any::<u8>(), 0..200), mask: [u8; 4], cut: prop::sample::Index) {
            let mut whole = payload.clone();
            unmask(&mut whole, mask);
            let mut pieces = payload;
            let cut = cut.index(pieces.len() + 1);
            let (left, right) = pieces.split_at_mut(cut);
            unmask(left, mask);
            unmask(right, advance(mask, cut));
            prop_assert_eq!(pieces, whole);
        }
    }
}
