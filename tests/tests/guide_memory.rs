//! A socket holds as much memory as `router::guide::limits` states.
//!
//! Memory is counted per process, so all steps are in one test.

use router::prelude::*;
use router_tests::{Deflater, Frame, Log, PATIENCE, RawClient, Seen, Server, recorder};
use std::sync::Arc;
use tokio::{sync::Notify, task::yield_now, time::timeout};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[derive(Clone)]
struct Gate {
    go: Arc<Notify>,
    /// Records how many bytes are held when a handler has sent the requested messages.
    held: Log,
}

/// Declares a module with these options, and with the handler that all steps use.
macro_rules! module {
    ($name:ident, $path:literal, $($option:tt)*) => {
        struct $name(Gate);

        #[websocket(path = $path, data = (), $($option)*)]
        impl $name {
            /// `COUNT LENGTH` requests `COUNT` messages of `LENGTH` bytes.
            #[on(text)]
            async fn text(&self, ws: &mut Socket<()>, text: &str) {
                if let Some((count, length)) = text.split_once(' ') {
                    let message = vec![0; length.parse().unwrap_or(0)];
                    for _ in 0..count.parse().unwrap_or(0) {
                        ws.send(&message[..]);
                    }
                    // Recorded now, because the kernel may take some of the queue later.
                    self.0.held.note(ws.hub().memory_held().to_string());
                } else if text == "wait" {
                    self.0.go.notified().await;
                } else {
                    ws.send(compressed(text.repeat(300)));
                }
            }
        }
    };
}

module!(Hardened, "/", options = Options::HARDENED);
module!(
    Dedicated,
    "/dedicated",
    per_message_deflate(compress = "dedicated", decompress = "dedicated")
);
module!(
    Small,
    "/small",
    per_message_deflate(compress = "16KB", decompress = true)
);

async fn until(server: &Server, what: &str, is_so: impl Fn(usize) -> bool) {
    let held = || server.hub().memory_held();
    let event = async {
        while !is_so(held()) {
            yield_now().await;
        }
    };
    if timeout(PATIENCE, event).await.is_err() {
        panic!("waited in vain for {what}: {} bytes are held", held());
    }
}

/// Returns the bytes held for a client that sends `request` and reads nothing.
async fn slow(server: &Server, seen: &mut Seen, request: &str) -> usize {
    let mut client = RawClient::open_narrow(server.addr(), "/").await;
    client.send(Frame::text(request)).await;
    let held = seen.next().await.parse().expect("a number of bytes");
    drop(client);
    until(server, "nothing", |held| held == 0).await;
    held
}

#[tokio::test]
async fn a_socket_holds_as_much_memory_as_the_guide_states() {
    let (held, mut seen) = recorder();
    let go = Arc::new(Notify::new());
    let gate = Gate { go, held };
    let router = Router::new()
        .mount(Hardened(gate.clone()))
        .mount(Dedicated(gate.clone()))
        .mount(Small(gate.clone()));
    let server = Server::start(router).await;

    // An idle socket holds no counted memory.
    let mut client = RawClient::open(server.addr(), "/").await;
    until(&server, "nothing", |held| held == 0).await;

    // A handler that waits keeps the read buffer.
    client.send(Frame::text("wait")).await;
    until(&server, "a buffer", |held| held == 64 * KIB).await;
    gate.go.notify_one();
    until(&server, "nothing", |held| held == 0).await;

    // A message in fragments takes up to twice the limit of 64 KiB.
    let max_payload = 64 * KIB;
    let first = Frame::binary(vec![0; max_payload - 1]).unfinished();
    client.send(first).await;
    until(&server, "a fragment", |held| held >= max_payload - 1).await;
    client.send(Frame::continuation("x").unfinished()).await;
    until(&server, "twice as much", |held| held > max_payload * 3 / 2).await;
    assert!(server.hub().memory_held() <= 2 * max_payload);
    drop(client);
    until(&server, "nothing", |held| held == 0).await;

    // The queue holds at most 1 MiB plus one message. Joining small messages adds at most 10 %.
    let held = slow(&server, &mut seen, "1000 65536").await;
    let limit = MIB + max_payload + 4 * KIB;
    assert!((MIB..=limit).contains(&held), "{held} bytes");
    let held = slow(&server, &mut seen, "100000 1800").await;
    assert!((MIB..=MIB + MIB / 10).contains(&held), "{held} bytes");

    // A dedicated compressor per socket, and for `/dedicated` also a dedicated inflater. The numbers of bytes
    // are those of the guide.
    let inflater = 44 * KIB;
    for (path, expected) in [("/dedicated", 376_832 + inflater), ("/small", 146_432)] {
        let mut client = RawClient::open_deflate(server.addr(), path).await;
        let small = Deflater::new(15, false).message(b"hello");
        client.send(Frame::text(small).rsv(0b100)).await;
        client.compressed().await;
        until(&server, path, |held| held == expected).await;
        drop(client);
        until(&server, "nothing", |held| held == 0).await;
    }
}
