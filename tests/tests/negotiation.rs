//! RFC 7692 §5 and §7.1: agreeing on permessage-deflate.

use router::prelude::*;
use router_tests::{RawClient, Server};

macro_rules! module {
    ($name:ident, $path:literal $(, $($options:tt)*)?) => {
        struct $name;

        #[websocket(path = $path, data = () $(, $($options)*)?)]
        impl $name {
            #[on(text)]
            fn text(&self, ws: &mut Socket<()>, text: &str) {
                ws.send(text);
            }
        }
    };
}

module!(Off, "/off");
module!(On, "/on", per_message_deflate);
module!(
    Seed,
    "/seed",
    per_message_deflate(compress = "16KB", decompress = true)
);
module!(
    Dedicated,
    "/dedicated",
    per_message_deflate(compress = "dedicated", decompress = "dedicated")
);
module!(
    Small,
    "/small",
    per_message_deflate(compress = "3KB", decompress = "8KB")
);

async fn start() -> Server {
    let router = Router::new()
        .mount(Off)
        .mount(On)
        .mount(Seed)
        .mount(Dedicated)
        .mount(Small);
    Server::start(router).await
}

async fn assert_agreed(server: &Server, path: &str, offer: &str, expected: Option<&str>) {
    let (mut client, answer) = RawClient::open_with(server.addr(), path, offer).await;
    let expected = expected.map(|expected| format!("permessage-deflate{expected}"));
    assert_eq!(answer, expected, "{path} with {offer}");
    client.ask("it works", "it works").await;
}

#[tokio::test]
async fn each_setting_has_its_answer_to_the_offer_of_browsers() {
    let server = start().await;
    let browser = "permessage-deflate; client_max_window_bits";
    for (path, expected) in [
        ("/off", None),
        (
            "/on",
            Some("; server_no_context_takeover; client_no_context_takeover"),
        ),
        (
            "/seed",
            Some("; client_no_context_takeover; server_max_window_bits=11"),
        ),
        ("/dedicated", Some("")),
        (
            "/small",
            Some("; server_max_window_bits=9; client_max_window_bits=13"),
        ),
    ] {
        assert_agreed(&server, path, browser, expected).await;
    }
    let mut silent = RawClient::open(server.addr(), "/on").await;
    silent.ask("it works", "it works").await;
}

#[tokio::test]
async fn rfc7692_7_1_1_context_takeover_is_given_up_when_the_client_asks() {
    let server = start().await;
    for (offer, expected) in [
        (
            "permessage-deflate; server_no_context_takeover",
            "; server_no_context_takeover",
        ),
        (
            "permessage-deflate; client_no_context_takeover",
            "; client_no_context_takeover",
        ),
        (
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            "; server_no_context_takeover; client_no_context_takeover",
        ),
    ] {
        assert_agreed(&server, "/dedicated", offer, Some(expected)).await;
    }
}

#[tokio::test]
async fn rfc7692_7_1_2_the_smaller_window_of_option_and_offer_is_used() {
    let server = start().await;
    for (path, offer, expected) in [
        (
            "/dedicated",
            "server_max_window_bits=12",
            "; server_max_window_bits=12",
        ),
        (
            "/dedicated",
            "server_max_window_bits=15",
            "; server_max_window_bits=15",
        ),
        (
            "/dedicated",
            "server_max_window_bits=\"10\"",
            "; server_max_window_bits=10",
        ),
        (
            "/dedicated",
            "client_max_window_bits=10",
            "; client_max_window_bits=10",
        ),
        ("/dedicated", "client_max_window_bits=15", ""),
        (
            "/small",
            "client_max_window_bits=8",
            "; server_max_window_bits=9; client_max_window_bits=8",
        ),
        (
            "/small",
            "server_max_window_bits=15",
            "; client_no_context_takeover; server_max_window_bits=9",
        ),
    ] {
        let offer = format!("permessage-deflate; {offer}");
        assert_agreed(&server, path, &offer, Some(expected)).await;
    }
}

#[tokio::test]
async fn rfc7692_5_1_an_offer_that_cannot_be_accepted_is_declined_and_the_next_tried() {
    let server = start().await;
    for parameter in [
        "server_max_window_bits",
        "server_max_window_bits=8",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=9; server_max_window_bits=9",
        "client_max_window_bits=7",
        "client_max_window_bits=x",
        "server_no_context_takeover=true",
        "server_no_context_takeover; server_no_context_takeover",
        "what_is_this",
    ] {
        let bad = format!("permessage-deflate; {parameter}");
        assert_agreed(&server, "/dedicated", &bad, None).await;
        let second = format!("{bad}, permessage-deflate");
        assert_agreed(&server, "/dedicated", &second, Some("")).await;
    }
    for other in [
        "x-webkit-deflate-frame",
        "foo; bar=\"a b\"",
        "permessage-bzip2",
    ] {
        assert_agreed(&server, "/dedicated", other, None).await;
    }
}

#[tokio::test]
async fn a_malformed_list_of_extensions_is_ignored() {
    let server = start().await;
    for offer in [
        ";",
        ",,,",
        "permessage-deflate;",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=\"12",
        "permessage deflate",
        "\"permessage-deflate\"",
    ] {
        assert_agreed(&server, "/dedicated", offer, None).await;
    }
    let lines = [
        ("Sec-WebSocket-Extensions", "permessage-deflate;"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ];
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/dedicated", &lines).await;
    assert_eq!(
        reply.header("sec-websocket-extensions"),
        Some("permessage-deflate")
    );
}

#[tokio::test]
async fn a_thousand_offers_are_read() {
    let server = start().await;
    let mut offers = "permessage-deflate; a=1, ".repeat(1000);
    offers.push_str("permessage-deflate");
    assert_agreed(&server, "/dedicated", &offers, Some("")).await;
    for hostile in [
        " ".repeat(30_000),
        ",".repeat(30_000),
        "\"".repeat(30_000),
        "a;".repeat(15_000),
    ] {
        let hostile = format!("a{hostile}");
        assert_agreed(&server, "/dedicated", &hostile, None).await;
    }
}
