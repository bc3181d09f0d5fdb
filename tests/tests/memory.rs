//! The memory that hostile clients cost. Each test measures a server in a separate process, because a process
//! that has already allocated and freed memory might not grow.

use router::prelude::*;
use router_tests::{
    Deflater, Frame, RawClient,
    process::{self, Process},
    within,
};

const MIB: u64 = 1024 * 1024;

/// The `max_payload_length` of [`Target`], in bytes.
const MAX_PAYLOAD: u64 = 4 * MIB;

struct Target;

#[websocket(
    path = "/",
    data = (),
    per_message_deflate,
    max_payload_length = "4MB",
    backpressure_limit = "1MB",
)]
impl Target {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        if text == "flood" {
            let news = "n".repeat(10_000);
            for _ in 0..10_000 {
                ws.hub().publish("news", &news);
            }
        }
        if text == "flood of tiny ones" {
            for _ in 0..100_000 {
                ws.hub().publish("news", "x");
            }
        }
        ws.send("done");
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(compressed(bytes));
        // An owned message whose capacity exceeds its length.
        let mut roomy = Vec::with_capacity(bytes.len());
        roomy.extend_from_slice(&bytes[..bytes.len().min(20_000)]);
        ws.send(roomy);
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<()>) {
        ws.send("drained");
    }
}

/// Not a test: the server that the tests start.
#[test]
#[ignore = "the other tests run it"]
fn server() {
    process::serve(Router::new().mount(Target));
}

async fn start() -> (Process, u64) {
    let server = Process::start().await;
    serves(&server).await;
    let before = server.memory("VmRSS:");
    (server, before)
}

/// Asserts that a client without compression and a client with compression are served.
async fn serves(server: &Process) {
    RawClient::open(server.addr(), "/")
        .await
        .ask("hello", "done")
        .await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let payload = Deflater::new(15, false).message(b"hello");
    client.send(Frame::text(payload).rsv(0b100)).await;
    client.expect_text("done").await;
}

/// Asserts that the peak of resident memory exceeds the initial value by less than `limit` bytes.
async fn assert_grew_less_than((server, before): (Process, u64), what: &str, limit: u64) {
    serves(&server).await;
    let grown = server.memory("VmHWM:").saturating_sub(before);
    println!("{what}: {grown} bytes at the most, of {limit}");
    assert!(grown < limit, "{what}: {grown} bytes, of {limit}");
}

#[tokio::test]
async fn a_decompression_bomb_costs_no_more_than_a_legal_message() {
    let bomb = Deflater::new(15, false).message(&vec![0; 64 * MIB as usize]);
    assert!(bomb.len() < 70_000);
    let server = start().await;
    for _ in 0..3 {
        let mut client = RawClient::open_deflate(server.0.addr(), "/").await;
        client.send(Frame::binary(bomb.clone()).rsv(0b100)).await;
        assert_eq!(client.close().await.0, 1009);
    }
    // A legal message is held twice while its buffer grows.
    assert_grew_less_than(server, "64 KiB that inflate to 64 MiB", 2 * MAX_PAYLOAD).await;
}

#[tokio::test]
async fn queued_messages_cost_their_length_and_not_the_capacity_of_their_buffers() {
    // A message of 4 MiB that compresses to about 20 KiB. The compressed message is too long to be copied
    // into the queue.
    let mut message: Vec<u8> = (0..20_000_u32).map(|n| (n * n / 7) as u8).collect();
    let mut seed = 1_u32;
    for byte in &mut message {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte ^= (seed >> 24) as u8;
    }
    message.resize(4 * MIB as usize - 1, 0);
    let message = Deflater::new(15, false).message(&message);
    assert!(
        (16_384..30_000).contains(&message.len()),
        "{}",
        message.len()
    );
    let server = start().await;
    let mut client = RawClient::open_deflate(server.0.addr(), "/").await;
    let frame = Frame::binary(message).rsv(0b100).encode();
    // The client reads nothing: the kernel takes some of the replies, and the rest is queued up to the
    // limit.
    for _ in 0..70 {
        if !client.takes(&frame).await {
            break;
        }
    }
    // The queue holds 1 MiB, which is about 50 replies of 20 KB. Every second reply is in a buffer with a
    // capacity of 4 MiB. These capacities are about 100 MiB in all.
    assert_grew_less_than(server, "compressed answers that wait", 6 * MAX_PAYLOAD).await;
}

#[tokio::test]
async fn a_decompression_bomb_in_a_thousand_fragments_costs_no_more_than_a_legal_message() {
    let bomb = Deflater::new(15, false).message(&vec![0; 64 * MIB as usize]);
    let server = start().await;
    let mut client = RawClient::open_deflate(server.0.addr(), "/").await;
    let mut fragments = bomb.chunks(bomb.len().div_ceil(1000)).peekable();
    let mut frame = Frame::binary(fragments.next().expect("it isn't empty")).rsv(0b100);
    let mut bytes = Vec::new();
    for fragment in fragments {
        bytes.extend(frame.unfinished().encode());
        frame = Frame::continuation(fragment);
    }
    bytes.extend(frame.encode());
    client.write(&bytes).await;
    assert_eq!(client.close().await.0, 1009);
    assert_grew_less_than(server, "the same in 1,000 fragments", 2 * MAX_PAYLOAD).await;
}

#[tokio::test]
async fn fragments_of_one_byte_cost_little_more_than_their_bytes() {
    let server = start().await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = RawClient::open(server.0.addr(), "/").await;
        let mut bytes = Frame::text("x").unfinished().encode();
        for _ in 0..16_000 {
            bytes.extend(Frame::continuation("x").unfinished().encode());
        }
        bytes.extend(Frame::ping("all there").encode());
        client.write(&bytes).await;
        assert_eq!(client.pong().await, b"all there");
        clients.push(client);
    }
    // 640,000 bytes of payload in all. 27 bytes of memory per fragment would exceed the limit.
    assert_grew_less_than(server, "40 sockets with 16,000 fragments each", 16 * MIB).await;
}

#[tokio::test]
async fn a_declared_length_costs_no_memory() {
    let server = start().await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        let mut client = RawClient::open(server.0.addr(), "/").await;
        let header = Frame::binary("").declare(MAX_PAYLOAD).encode();
        client.write(&[&header, &b"start"[..]].concat()).await;
        clients.push(client);
    }
    // About 10 KiB per socket, including the socket itself.
    assert_grew_less_than(server, "400 sockets that declare 4 MiB each", 4 * MIB).await;
}

#[tokio::test]
async fn a_backlog_of_tiny_messages_is_limited_as_well() {
    let server = start().await;
    let _slow = RawClient::open_narrow(server.0.addr(), "/").await;
    let mut other = RawClient::open(server.0.addr(), "/").await;
    other.send(Frame::text("flood of tiny ones")).await;
    // If the kernel takes few bytes at a time, the queue is full when the handler sends `done`, and `done` is
    // dropped. In that case, `drained` arrives after the backlog.
    while !matches!(&*other.text().await, "done" | "drained") {}
    // 1 MiB in each of the two queues, and the same again as a margin.
    assert_grew_less_than(server, "100,000 messages of a byte for two", 4 * MIB).await;
}

#[tokio::test]
async fn a_slow_reader_costs_its_backpressure_limit() {
    let server = start().await;
    let slow = RawClient::open_narrow(server.0.addr(), "/").await;
    let mut other = RawClient::open(server.0.addr(), "/").await;
    other.send(Frame::text("flood")).await;
    let mut news = 0;
    loop {
        match other.text().await {
            text if text == "drained" => break,
            _ => news += 1,
        }
    }
    assert!(news > 0);
    drop(slow);
    // 2.5 MiB for each of the two readers: 1 MiB for a full queue, 10 KB for the message that exceeds it,
    // 256 KiB for a pending write, and the rest as a margin.
    assert_grew_less_than(
        server,
        "100 MB published to two that don't read yet",
        2 * (2 * MIB + MIB / 2),
    )
    .await;
}

#[tokio::test]
async fn pings_of_a_client_that_never_reads_cost_one_answer() {
    let server = start().await;
    let mut client = RawClient::open_narrow(server.0.addr(), "/").await;
    let ping = Frame::ping([7; 125]).encode();
    let batch = ping.repeat(8 * MIB as usize / ping.len());
    for _ in 0..32 {
        within("the server to read on", client.write(&batch)).await;
    }
    assert_grew_less_than(server, "256 MiB of pings", 4 * MIB).await;
}
