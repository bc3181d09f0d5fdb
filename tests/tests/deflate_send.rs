//! RFC 7692 §7.2.1: the messages that the server compresses.

use router::prelude::*;
use router_tests::{Frame, Inflater, RawClient, Server, opcode};

/// Returns a text of `n` words, which can be compressed.
fn words(n: usize) -> String {
    let word = |i: usize| format!("{}:{} ", i % 1000, i * i % 97);
    (0..n).map(word).collect()
}

macro_rules! module {
    ($name:ident, $path:literal, $($options:tt)*) => {
        struct $name;

        #[websocket(path = $path, data = (), per_message_deflate($($options)*))]
        impl $name {
            #[on(open)]
            fn open(&self, ws: &mut Socket<()>) {
                ws.subscribe("room");
            }

            #[on(text)]
            fn text(&self, ws: &mut Socket<()>, text: &str) {
                let (command, n) = text.split_once(' ').unwrap_or((text, "0"));
                let words = words(n.parse().unwrap_or(0));
                match command {
                    "plain" => drop(ws.send(&words)),
                    "publish" => drop(ws.hub().publish("room", compressed(&words))),
                    "binary" => drop(ws.send(compressed(words.as_bytes()))),
                    _ => {
                        let status = ws.send(compressed(&words));
                        assert_eq!(status, SendStatus::Sent(words.len()));
                    }
                }
            }
        }
    };
}

module!(Shared, "/shared", compress = true);
module!(Dedicated, "/dedicated", compress = "dedicated");
module!(Kb3, "/3KB", compress = "3KB");
module!(Kb16, "/16KB", compress = "16KB");
module!(Kb128, "/128KB", compress = "128KB");
module!(Disabled, "/disabled", compress = false);

async fn start() -> Server {
    let router = Router::new()
        .mount(Shared)
        .mount(Dedicated)
        .mount(Kb3)
        .mount(Kb16)
        .mount(Kb128)
        .mount(Disabled);
    Server::start(router).await
}

/// Asks for `n` words, checks the compressed answer, and returns its compressed length.
async fn ask(client: &mut RawClient, inflater: &mut Inflater, command: &str, n: usize) -> usize {
    client.send(Frame::text(format!("{command} {n}"))).await;
    let (kind, payload) = client.compressed().await;
    let expected = if command == "binary" {
        opcode::BINARY
    } else {
        opcode::TEXT
    };
    assert_eq!(kind, expected);
    assert_eq!(
        inflater.message(&payload),
        words(n).as_bytes(),
        "{command} {n}"
    );
    payload.len()
}

#[tokio::test]
async fn messages_that_are_marked_are_compressed() {
    let server = start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/shared").await;
    let mut inflater = Inflater::new(15, false);
    for n in [100, 1000, 100_000] {
        let length = ask(&mut client, &mut inflater, "send", n).await;
        assert!(length < words(n).len(), "{length}");
        ask(&mut client, &mut inflater, "binary", n).await;
    }
}

#[tokio::test]
async fn unmarked_and_short_messages_and_messages_without_deflate_are_not_compressed() {
    let server = start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/shared").await;
    client.ask("plain 100", &words(100)).await;
    client.ask("send 20", &words(20)).await;
    client.ask("send 0", "").await;
    let mut plain = RawClient::open(server.addr(), "/shared").await;
    plain.ask("send 100", &words(100)).await;
    let mut disabled = RawClient::open_deflate(server.addr(), "/disabled").await;
    disabled.ask("send 100", &words(100)).await;
}

#[tokio::test]
async fn rfc7692_7_1_2_1_the_server_compresses_within_its_window() {
    let server = start().await;
    for (path, bits) in [("/3KB", 9), ("/16KB", 11), ("/128KB", 14)] {
        let mut client = RawClient::open_deflate(server.addr(), path).await;
        let mut inflater = Inflater::new(bits, true);
        for n in [100, 5000, 20_000, 100] {
            ask(&mut client, &mut inflater, "send", n).await;
        }
    }
    for path in ["/shared", "/dedicated"] {
        for bits in 9..=15 {
            let offer = format!("permessage-deflate; server_max_window_bits={bits}");
            let (mut client, _) = RawClient::open_with(server.addr(), path, &offer).await;
            let mut inflater = Inflater::new(bits, path == "/dedicated");
            for n in [100, 20_000, 100] {
                ask(&mut client, &mut inflater, "send", n).await;
            }
        }
    }
}

#[tokio::test]
async fn rfc7692_7_1_1_1_server_no_context_takeover_is_obeyed() {
    let server = start().await;
    let offer = "permessage-deflate; server_no_context_takeover";
    let (mut client, _) = RawClient::open_with(server.addr(), "/dedicated", offer).await;
    let mut inflater = Inflater::new(15, false);
    let first = ask(&mut client, &mut inflater, "send", 300).await;
    let second = ask(&mut client, &mut inflater, "send", 300).await;
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_dedicated_compressor_refers_to_earlier_messages() {
    let server = start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/dedicated").await;
    let mut inflater = Inflater::new(15, true);
    let first = ask(&mut client, &mut inflater, "send", 300).await;
    let second = ask(&mut client, &mut inflater, "send", 300).await;
    assert!(second * 5 < first, "{first}, then {second}");
}

#[tokio::test]
async fn publishes_between_direct_sends_are_read_by_one_inflater() {
    let server = start().await;
    let mut client = RawClient::open_deflate(server.addr(), "/dedicated").await;
    let mut inflater = Inflater::new(15, true);
    for command in [
        "send", "publish", "send", "send", "publish", "publish", "send", "send",
    ] {
        for n in [100, 400, 8000] {
            ask(&mut client, &mut inflater, command, n).await;
        }
        client.ask("plain 50", &words(50)).await;
    }
}

#[tokio::test]
async fn a_publish_reaches_each_subscriber_in_the_negotiated_form() {
    let server = start().await;
    let mut plain = RawClient::open(server.addr(), "/shared").await;
    let offer = "permessage-deflate; server_max_window_bits=9";
    let (mut small, _) = RawClient::open_with(server.addr(), "/shared", offer).await;
    let mut large = RawClient::open_deflate(server.addr(), "/shared").await;
    let mut history = RawClient::open_deflate(server.addr(), "/16KB").await;
    let mut disabled = RawClient::open_deflate(server.addr(), "/disabled").await;
    // All clients are subscribed once each of them has received an answer.
    for client in [
        &mut plain,
        &mut small,
        &mut large,
        &mut history,
        &mut disabled,
    ] {
        client.ask("plain 1", &words(1)).await;
    }
    for n in [100, 5000] {
        let text = words(n);
        let published = server.hub().publish("room", compressed(&text));
        assert_eq!(published.receivers(), 5);
        plain.expect_text(&text).await;
        disabled.expect_text(&text).await;
        for (client, bits) in [(&mut small, 9), (&mut large, 15), (&mut history, 11)] {
            let (_, payload) = client.compressed().await;
            assert_eq!(
                Inflater::new(bits, false).message(&payload),
                text.as_bytes()
            );
        }
    }
}

/// A socket whose backpressure limit is reached as soon as the kernel refuses bytes.
struct Narrow;

#[websocket(path = "/narrow", data = (), per_message_deflate(compress = "dedicated"), backpressure_limit = 1)]
impl Narrow {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        // Sends until the kernel's buffers are full and the limit has refused five messages.
        let mut noise = text.len() as u32;
        let mut refused = 0;
        while refused < 5 {
            let chunk: String = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + (noise >> 24) as u8 % 26)
            })
            .take(100_000)
            .collect();
            refused += usize::from(ws.send(compressed(chunk)).is_dropped());
        }
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<()>) {
        ws.send(compressed("done ".repeat(100)));
    }
}

#[tokio::test]
async fn later_messages_do_not_refer_to_a_refused_message() {
    let server = Server::start(Router::new().mount(Narrow)).await;
    let mut client = RawClient::open_deflate(server.addr(), "/narrow").await;
    let mut inflater = Inflater::new(15, true);
    for _ in 0..3 {
        client.send(Frame::text("flood")).await;
        loop {
            let (_, payload) = client.compressed().await;
            let message = inflater.message(&payload);
            if message.starts_with(b"done ") {
                break;
            }
            assert_eq!(message.len(), 100_000);
        }
    }
}
