//! Tests of the reader against a simple model: a list of frames yields the same messages, wherever
//! the bytes are split.

use super::*;
use proptest::prelude::*;

const LIMIT: usize = 1000;

fn rules(limit: usize) -> Rules {
    Rules {
        limit,
        inflation: Inflation::Refused,
        inflation_ratio: 0,
        now: 0,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Got {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Vec<u8>),
}

fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = vec![if fin { 0x80 } else { 0 } | opcode];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | short as u8),
        wide => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(wide as u16).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&mask);
    bytes.extend(payload.iter().enumerate().map(|(i, b)| b ^ mask[i % 4]));
    bytes
}

/// Feeds `wire` in pieces of the given sizes, as the session does.
fn read(wire: &[u8], cuts: &[usize]) -> Result<Vec<Got>, Violation> {
    let (mut inbound, mut got, mut rest) = (Inbound::default(), Vec::new(), wire);
    let mut cuts = cuts.iter().copied().cycle();
    while !rest.is_empty() {
        let piece;
        (piece, rest) = rest.split_at(cuts.next().unwrap_or(usize::MAX).min(rest.len()));
        let mut buffer = vec![0; MAX_SPILL + piece.len()];
        let kept = inbound.spilled();
        inbound.restore(&mut buffer);
        buffer.truncate(kept + piece.len());
        buffer[kept..].copy_from_slice(piece);
        let mut input = &mut buffer[..];
        loop {
            let (used, item) = inbound.next(input, rules(LIMIT))?;
            let (done, left) = input.split_at_mut(used);
            input = left;
            let at = |range: Range<usize>| done[range].to_vec();
            got.push(match item {
                Some(Incoming::Compressed { .. }) => unreachable!("nothing was negotiated"),
                None => break,
                Some(Incoming::Ping(range)) => Got::Ping(at(range)),
                Some(Incoming::Pong(range)) => Got::Pong(at(range)),
                Some(Incoming::Close(range)) => Got::Close(at(range)),
                Some(Incoming::Message { text, payload }) => {
                    let bytes = match payload {
                        Payload::InPlace(range) => at(range),
                        Payload::Gathered(bytes) => bytes.to_vec(),
                    };
                    if text {
                        Got::Text(bytes)
                    } else {
                        Got::Binary(bytes)
                    }
                }
            });
        }
        inbound.keep(input);
    }
    Ok(got)
}

/// A message in fragments, with control frames between them, and the items that must be read from
/// it.
fn message() -> impl Strategy<Value = (Vec<u8>, Vec<Got>)> {
    let control = prop_oneof![Just(0x9u8), Just(0xA)];
    let between = proptest::collection::vec(
        (control, proptest::collection::vec(any::<u8>(), 0..=125)),
        0..3,
    );
    let fragment = (proptest::collection::vec(any::<u8>(), 0..300), between);
    (any::<bool>(), proptest::collection::vec(fragment, 1..4)).prop_map(|(text, fragments)| {
        let (mut wire, mut got, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        let last = fragments.len() - 1;
        for (i, (payload, between)) in fragments.into_iter().enumerate() {
            // Any bytes are valid Latin-1. Converted to UTF-8, they contain characters of two bytes
            // that may be split.
            let payload: Vec<u8> = if text {
                payload
                    .into_iter()
                    .map(char::from)
                    .collect::<String>()
                    .into_bytes()
            } else {
                payload
            };
            let opcode = if i > 0 {
                0
            } else if text {
                1
            } else {
                2
            };
            wire.extend(frame(i == last, opcode, &payload));
            whole.extend(payload);
            if i < last {
                for (opcode, payload) in between {
                    wire.extend(frame(true, opcode, &payload));
                    got.push(if opcode == 0x9 {
                        Got::Ping(payload)
                    } else {
                        Got::Pong(payload)
                    });
                }
            }
        }
        got.push(if text {
            Got::Text(whole)
        } else {
            Got::Binary(whole)
        });
        (wire, got)
    })
}

proptest! {
    #[test]
    fn messages_survive_every_cut(
        messages in proptest::collection::vec(message(), 1..4),
        cuts in proptest::collection::vec(1usize..400, 1..8),
    ) {
        let wire: Vec<u8> = messages.iter().flat_map(|(wire, _)| wire.clone()).collect();
        let expected: Vec<Got> = messages.into_iter().flat_map(|(_, got)| got).collect();
        if expected.iter().all(|got| !matches!(got, Got::Text(b) | Got::Binary(b) if b.len() > LIMIT)) {
            prop_assert_eq!(read(&wire, &cuts), Ok(expected));
        } else {
            prop_assert_eq!(read(&wire, &cuts), Err(Violation::TOO_BIG));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        wire in proptest::collection::vec(any::<u8>(), 0..600),
        cuts in proptest::collection::vec(1usize..40, 1..4),
    ) {
        let _ = read(&wire, &cuts);
    }
}

#[test]
fn one_byte_at_a_time() {
    let wire = [
        frame(false, 1, b"a\xC3"),
        frame(true, 9, b"p"),
        frame(true, 0, b"\xA9"),
        frame(true, 8, &[3, 232]),
    ]
    .concat();
    let expected = vec![
        Got::Ping(b"p".to_vec()),
        Got::Text("aé".into()),
        Got::Close(vec![3, 232]),
    ];
    assert_eq!(read(&wire, &[1]), Ok(expected.clone()));
    assert_eq!(read(&wire, &[usize::MAX]), Ok(expected));
}

#[test]
fn an_idle_reader_owns_no_memory() {
    assert_eq!(size_of::<Inbound>(), size_of::<usize>());
    let mut inbound = Inbound::default();
    let mut wire = [frame(false, 1, b"a"), frame(true, 0, b"b")].concat();
    let (used, item) = inbound.next(&mut wire, rules(LIMIT)).unwrap();
    assert_eq!((used, item.is_some()), (wire.len(), true));
    assert!(inbound.kept.is_none());
}

#[test]
fn a_message_that_is_too_big_is_refused_at_its_header() {
    let mut header = vec![0x82, 0x80 | 127];
    header.extend_from_slice(&(1u64 << 62).to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    assert_eq!(read(&header, &[usize::MAX]), Err(Violation::TOO_BIG));
    assert!(read(&frame(true, 2, &[0; LIMIT]), &[100]).is_ok());
    assert_eq!(
        read(&frame(true, 2, &[0; LIMIT + 1])[..8], &[8]),
        Err(Violation::TOO_BIG)
    );
    let sum = [frame(false, 2, &[0; LIMIT]), frame(true, 0, &[0])].concat();
    assert_eq!(read(&sum, &[64]), Err(Violation::TOO_BIG));
}

#[test]
fn a_promised_length_allocates_nothing() {
    let mut inbound = Inbound::default();
    let mut header = vec![0x82, 0x80 | 127];
    header.extend_from_slice(&(16u64 << 20).to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    inbound.next(&mut header, rules(usize::MAX)).unwrap();
    assert_eq!(inbound.message().unwrap().payload.capacity(), 0);
    inbound.next(&mut [0; 10], rules(usize::MAX)).unwrap();
    assert!(inbound.message().unwrap().payload.capacity() <= 10);
}
