//! Tests of compressors and inflaters against each other. (The package of behaviour tests reads the
//! bytes sent over sockets with an independent inflater.)

use super::*;
use crate::frame::{Gathered, Violation};
use proptest::{collection::vec, prelude::*};

const LEVEL: u8 = 6;

/// Inflates a message in turns of `turn` bytes.
fn inflate_in_turns(
    mut takeover: Option<&mut Inflater>,
    payload: &[u8],
    limit: usize,
    turn: usize,
) -> Result<Gathered, Violation> {
    let mut inflating = Inflating::default();
    loop {
        let inflater = takeover.as_deref_mut();
        if let Some(message) = inflating.inflate_some(inflater, payload, limit, turn)? {
            return Ok(message);
        }
    }
}

fn inflate(payload: &[u8], limit: usize) -> Result<Gathered, Violation> {
    let whole = inflate_in_turns(None, payload, limit, usize::MAX);
    // The result does not depend on how the work is divided.
    assert_eq!(whole, inflate_in_turns(None, payload, limit, 1));
    whole
}

impl Inflater {
    /// Inflates a message that may refer to earlier messages.
    pub(crate) fn message(&mut self, payload: &[u8], limit: usize) -> Result<Gathered, Violation> {
        inflate_in_turns(Some(self), payload, limit, 1000)
    }
}

fn json(n: usize) -> Vec<u8> {
    let item = |i| {
        format!(
            r#"{{"id":{i},"name":"client {}","room":"lobby"}},"#,
            i * 7919 % 101
        )
    };
    (0..n).map(item).collect::<String>().into_bytes()
}

#[test]
fn a_message_comes_back_at_every_window_and_size() {
    for bits in 9..=15 {
        for n in [1, 5, 40, 1000, 10_000] {
            let message = json(n);
            if let Some(small) = compress(&message, bits, LEVEL) {
                assert!(small.len() < message.len());
                assert_eq!(inflate(&small, message.len()).unwrap(), message);
            } else {
                assert_eq!(n, 1, "only a short text does not get smaller");
            }
        }
    }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn a_payload_that_would_not_get_smaller_is_not_compressed() {
    for length in [0, 1, 100, 1000, 8192, 16_384, 100_000, 300_000] {
        for _ in 0..20 {
            assert_eq!(compress(&noise(length), 15, LEVEL), None, "{length}");
        }
    }
    // A compressor that has given up works like a new one.
    let message = json(100);
    let small = compress(&message, 15, LEVEL).unwrap();
    assert_eq!(inflate(&small, message.len()).unwrap(), message);
}

#[test]
fn the_limit_is_exact() {
    let message = vec![b'a'; 100_000];
    let small = compress(&message, 15, LEVEL).unwrap();
    assert_eq!(inflate(&small, 100_000).unwrap().len(), 100_000);
    assert_eq!(inflate(&small, 99_999), Err(Violation::TOO_BIG));
    assert_eq!(inflate(&small, 0), Err(Violation::TOO_BIG));
}

#[test]
fn rfc7692_7_2_3_examples() {
    // §7.2.3.1, one block; §7.2.3.3, a stored block; §7.2.3.4, a last block; §7.2.3.5, two blocks.
    for payload in [
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
        &[
            0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
        ],
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        &[
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ],
    ] {
        assert_eq!(inflate(payload, 100).unwrap(), b"Hello", "{payload:02x?}");
    }
    assert_eq!(inflate(&[0x00], 100).unwrap(), b"", "§7.2.3.6");
    assert_eq!(
        inflate(&[0x02, 0x00], 100).unwrap(),
        b"",
        "an empty fixed block"
    );
    assert_eq!(inflate(&[], 100).unwrap(), b"");
}

#[test]
fn rfc7692_7_2_3_2_sharing_the_window() {
    let mut inflater = Inflater::new();
    let first = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(inflater.message(&first, 100).unwrap(), b"Hello");
    assert_eq!(
        inflater
            .message(&[0xf2, 0x00, 0x11, 0x00, 0x00], 100)
            .unwrap(),
        b"Hello"
    );
    // Without the window there is nothing to refer to.
    let alone = inflate(&[0xf2, 0x00, 0x11, 0x00, 0x00], 100);
    assert_eq!(alone, Err(Violation::BAD_DEFLATE));
}

#[test]
fn a_dedicated_compressor_refers_back_and_forgets_when_told() {
    let mut dedicated = Dedicated::new(15, LEVEL);
    let mut inflater = Inflater::new();
    let message = json(20);
    let first = dedicated.compress(&message, 0).unwrap();
    let second = dedicated.compress(&message, 0).unwrap();
    assert!(second.len() * 5 < first.len());
    for small in [&first, &second] {
        assert_eq!(inflater.message(small, 1 << 20).unwrap(), message);
    }
    // A message from another compressor advances the peer's window.
    let foreign = compress(&json(30), 15, LEVEL).unwrap();
    inflater.message(&foreign, 1 << 20).unwrap();
    let third = dedicated.compress(&message, 1).unwrap();
    assert_eq!(third, first);
    assert_eq!(inflater.message(&third, 1 << 20).unwrap(), message);
    assert!(dedicated.was_used());
    assert!(!dedicated.was_used());
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(message) = inflate(&bytes, 10_000) {
            prop_assert!(message.len() <= 10_000);
        }
        // The inflater still works like a new one.
        prop_assert_eq!(inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 100).unwrap(), b"Hello");
    }

    #[test]
    fn messages_come_back_in_order(
        messages in vec(vec(0_u8..4, 1..2000), 1..20),
        bits in 9_u8..=15,
        takeover: bool,
    ) {
        let mut dedicated = Dedicated::new(bits, LEVEL);
        let mut inflater = Inflater::new();
        for message in messages {
            let small = if takeover {
                dedicated.compress(&message, 0)
            } else {
                compress(&message, bits, LEVEL)
            };
            if let Some(small) = small {
                prop_assert_eq!(inflater.message(&small, 2000).unwrap(), message);
            }
        }
    }
}

#[test]
fn blocks_without_output_end_a_turn_as_well() {
    // A text, followed by empty blocks that are each marked as the last.
    let mut payload = compress(&json(1000), 15, LEVEL).unwrap();
    let length = inflate(&payload, 1 << 20).unwrap().len();
    payload.extend(TAIL);
    payload.extend([0x03, 0x00].repeat(50_000));
    let mut inflating = Inflating::default();
    let mut turns = 1;
    let message = loop {
        if let Some(message) = inflating
            .inflate_some(None, &payload, 1 << 20, 256 * 1024)
            .unwrap()
        {
            break message;
        }
        turns += 1;
    };
    assert_eq!(message.len(), length);
    // The window is copied for each empty block.
    assert!(turns > 5_000, "{turns}");
}
