//! RFC 6455 §8.1: text is UTF-8. An invalid byte ends the connection with 1007 as soon as it is received.

use router::prelude::*;
use router_tests::{Echo, Frame, RawClient, Server, assert_violation};

async fn echo() -> Server {
    Server::start(Router::new().mount(Echo::new().0)).await
}

/// Bytes that are not valid UTF-8, whatever follows them.
const IMPOSSIBLE: [&[u8]; 19] = [
    // Continuation bytes on their own.
    b"\x80",
    b"\xBF",
    b"a\x80",
    // Overlong encodings.
    b"\xC0\xAF",
    b"\xC1\xBF",
    b"\xE0\x80\xAF",
    b"\xE0\x9F\xBF",
    b"\xF0\x80\x80\xAF",
    b"\xF0\x8F\xBF\xBF",
    // Surrogates.
    b"\xED\xA0\x80",
    b"\xED\xBF\xBF",
    // Beyond U+10FFFF.
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    // Bytes that never occur in UTF-8.
    b"\xFE",
    b"\xFF",
    // Incomplete characters, followed by another character.
    b"\xC3a",
    b"\xE2\x82a",
    b"\xF0\x9D\x84a",
];

/// Incomplete characters.
const UNFINISHED: [&[u8]; 6] = [
    b"\xC3",
    b"\xE2",
    b"\xE2\x82",
    b"\xF0",
    b"\xF0\x9D",
    b"\xF0\x9D\x84",
];

fn wire(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::encode).collect()
}

#[tokio::test]
async fn rfc6455_8_1_every_character_is_accepted() {
    let server = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for text in [
        "\0",
        "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
        "\u{D7FF}\u{E000}",
        "\u{FEFF}with a mark",
        "\u{FFFD}\u{FFFE}\u{1FFFF}",
        "κόσμε 世界 𝄞 👩‍👩‍👧",
    ] {
        client.ask(text, text).await;
    }
}

#[tokio::test]
async fn rfc6455_8_1_text_that_is_not_utf8_is_1007() {
    for bytes in IMPOSSIBLE.iter().chain(&UNFINISHED) {
        assert_violation(&Frame::text(*bytes).encode(), 1007).await;
        let inside = [&b"before "[..], *bytes, b" behind"].concat();
        assert_violation(&Frame::text(inside).encode(), 1007).await;
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_1007_at_every_position_in_a_long_message() {
    for at in [0, 1, 15, 16, 31, 63, 64, 65, 1000, 65_535, 65_536, 99_999] {
        let mut bytes = vec![b'x'; 100_000];
        bytes[at] = 0xFF;
        assert_violation(&Frame::text(bytes).encode(), 1007).await;
    }
    let mut bytes = vec![b'x'; 100_000];
    bytes.push(0xC3);
    assert_violation(&Frame::text(bytes).encode(), 1007).await;
}

#[tokio::test]
async fn binary_messages_may_contain_any_bytes() {
    let server = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for bytes in IMPOSSIBLE.iter().chain(&UNFINISHED) {
        client.send(Frame::binary(*bytes)).await;
        assert_eq!(client.binary().await, *bytes);
        client
            .send_all(&[Frame::binary(*bytes).unfinished(), Frame::continuation("")])
            .await;
        assert_eq!(client.binary().await, *bytes);
    }
}

#[tokio::test]
async fn a_character_may_be_split_between_fragments_at_every_byte() {
    let server = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let text = "aé€𝄞!";
    for first in 0..=text.len() {
        for second in first..=text.len() {
            let bytes = text.as_bytes();
            let frames = [
                Frame::text(&bytes[..first]).unfinished(),
                Frame::continuation(&bytes[first..second]).unfinished(),
                Frame::continuation(&bytes[second..]),
            ];
            client.send_all(&frames).await;
            client.expect_text(text).await;
        }
    }
}

#[tokio::test]
async fn a_character_may_be_split_between_reads() {
    let server = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // The text is longer than any read, so that some reads end inside a character.
    for letter in ["é", "€", "𝄞"] {
        let text = format!("x{}", letter.repeat(100_000));
        client.send(Frame::text(text.as_str())).await;
        assert!(client.text().await == text, "{letter}");
    }
}

#[tokio::test]
async fn a_broken_fragment_is_1007_before_the_message_is_complete() {
    for bytes in IMPOSSIBLE {
        assert_violation(&Frame::text(bytes).unfinished().encode(), 1007).await;
        let frames = [
            Frame::text("good ").unfinished(),
            Frame::continuation(bytes).unfinished(),
        ];
        assert_violation(&wire(&frames), 1007).await;
    }
}

#[tokio::test]
async fn an_invalid_character_that_is_split_between_fragments_is_1007() {
    for bytes in IMPOSSIBLE.iter().filter(|bytes| bytes.len() > 1) {
        for split in 1..bytes.len() {
            let (first, second) = bytes.split_at(split);
            let frames = [
                Frame::text(first).unfinished(),
                Frame::continuation(second).unfinished(),
            ];
            assert_violation(&wire(&frames), 1007).await;
        }
    }
}

#[tokio::test]
async fn a_message_that_ends_inside_a_character_is_1007() {
    for bytes in UNFINISHED {
        assert_violation(
            &wire(&[Frame::text(bytes).unfinished(), Frame::continuation("")]),
            1007,
        )
        .await;
        let frames = [
            Frame::text("good ").unfinished(),
            Frame::continuation(bytes),
        ];
        assert_violation(&wire(&frames), 1007).await;
    }
}

#[tokio::test]
async fn a_broken_frame_is_1007_before_it_has_arrived() {
    for bytes in IMPOSSIBLE {
        // The rest of the declared bytes never arrives.
        assert_violation(&Frame::text(bytes).declare(1000).encode(), 1007).await;
        let inside = [&b"good "[..], bytes].concat();
        assert_violation(&Frame::text(inside).declare(100_000).encode(), 1007).await;
    }
}

#[tokio::test]
async fn a_broken_last_fragment_is_1007_before_it_has_arrived() {
    for bytes in IMPOSSIBLE {
        let frames = [
            Frame::text("good ").unfinished(),
            Frame::continuation(bytes).declare(100_000),
        ];
        assert_violation(&wire(&frames), 1007).await;
    }
}

#[tokio::test]
async fn an_incomplete_character_in_an_incomplete_frame_is_not_an_error() {
    let server = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let mut other = RawClient::open(server.addr(), "/").await;
    let text = "good 𝄞";
    let frame = Frame::text(text).encode();
    for missing in 1..4 {
        let (now, later) = frame.split_at(frame.len() - missing);
        client.write(now).await;
        other.ask("next", "next").await;
        client.write(later).await;
        client.expect_text(text).await;
    }
}
