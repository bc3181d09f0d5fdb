//! What hostile clients cost in memory, seen from outside: each server is a process of its own, since
//! one that is warm hides growth.

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use router::prelude::*;
use router_tests::{BoxedListener, Deflater, Frame, RawClient, within};
use tokio::net::TcpListener;

const MIB: u64 = 1024 * 1024;
const LIMIT: u64 = 4 * MIB;

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
        ws.send("done");
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<()>) {
        ws.send("drained");
    }
}

/// Not a test: the server that the others start, as a process.
#[test]
#[ignore = "the other tests run it"]
fn server() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be built").block_on(async {
        let router = Router::new().mount(Target);
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        println!("\nlistening on {address}");
        let served = match env::var("TRANSPORT").as_deref() {
            Ok("boxed") => router.serve_listener(BoxedListener(listener)).await,
            _ => router.serve_listener(listener).await,
        };
        served.expect("it serves until it is killed");
    });
}

struct Process {
    child: Child,
    addr: SocketAddr,
    before: u64,
}

impl Process {
    /// A fresh server that has seen one client of each kind.
    async fn start() -> Self {
        let executable = env::current_exe().expect("a test knows its file");
        let mut child = Command::new(executable)
            .args(["--ignored", "--exact", "--nocapture", "server"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let addr = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ")?.parse().ok())
            .expect("it says where it listens");
        let mut process = Self {
            child,
            addr,
            before: 0,
        };
        process.serves().await;
        process.before = process.status("VmRSS:");
        process
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn status(&self, line: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the server lives");
        let value = status.lines().find_map(|text| text.strip_prefix(line));
        let kib = value.and_then(|value| value.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse::<u64>().ok())
            .expect("the system says it")
            * 1024
    }

    async fn serves(&self) {
        RawClient::open(self.addr, "/")
            .await
            .ask("hello", "done")
            .await;
        let mut client = RawClient::open_deflate(self.addr, "/").await;
        let payload = Deflater::new(15, false).message(b"hello");
        client.send(Frame::text(payload).rsv(0b100)).await;
        client.expect_text("done").await;
    }

    /// Asserts by how much memory grew at the most, ever.
    async fn assert_grew_less_than(self, what: &str, limit: u64) {
        self.serves().await;
        let grown = self.status("VmHWM:").saturating_sub(self.before);
        println!("{what}: {grown} bytes at the most, of {limit}");
        assert!(grown < limit, "{what}: {grown} bytes, of {limit}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already, if the test failed for that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_bomb_costs_no_more_than_an_honest_message() {
    let bomb = Deflater::new(15, false).message(&vec![0; 64 * MIB as usize]);
    assert!(bomb.len() < 70_000);
    let server = Process::start().await;
    for _ in 0..3 {
        let mut client = RawClient::open_deflate(server.addr, "/").await;
        client.send(Frame::binary(bomb.clone()).rsv(0b100)).await;
        assert_eq!(client.close().await.0, 1009);
    }
    server
        .assert_grew_less_than("64 KiB that inflate to 64 MiB", 2 * LIMIT)
        .await;
}

#[tokio::test]
async fn a_bomb_in_a_thousand_fragments_costs_no_more() {
    let bomb = Deflater::new(15, false).message(&vec![0; 64 * MIB as usize]);
    let server = Process::start().await;
    let mut client = RawClient::open_deflate(server.addr, "/").await;
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
    server
        .assert_grew_less_than("the same in 1,000 fragments", 2 * LIMIT)
        .await;
}

#[tokio::test]
async fn fragments_of_one_byte_cost_what_they_are() {
    let server = Process::start().await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = RawClient::open(server.addr, "/").await;
        let mut bytes = Frame::text("x").unfinished().encode();
        for _ in 0..16_000 {
            bytes.extend(Frame::continuation("x").unfinished().encode());
        }
        bytes.extend(Frame::ping("all there").encode());
        client.write(&bytes).await;
        assert_eq!(client.pong().await, b"all there");
        clients.push(client);
    }
    server
        .assert_grew_less_than("40 sockets with 16,000 fragments each", 16 * MIB)
        .await;
}

#[tokio::test]
async fn a_declared_length_costs_nothing() {
    let server = Process::start().await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        let mut client = RawClient::open(server.addr, "/").await;
        let header = Frame::binary("").declare(LIMIT).encode();
        client.write(&[&header, &b"start"[..]].concat()).await;
        clients.push(client);
    }
    server
        .assert_grew_less_than("400 sockets that declare 4 MiB each", 4 * MIB)
        .await;
}

#[tokio::test]
async fn a_slow_reader_costs_its_backpressure_limit() {
    let server = Process::start().await;
    let slow = RawClient::open_narrow(server.addr, "/").await;
    let mut other = RawClient::open(server.addr, "/").await;
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
    // Two readers, each with its limit, a message more, and what one write may have in hand.
    server
        .assert_grew_less_than(
            "100 MB published to two that don't read yet",
            2 * (2 * MIB + MIB / 2),
        )
        .await;
}

#[tokio::test]
async fn pings_of_a_client_that_never_reads_cost_one_answer() {
    let server = Process::start().await;
    let mut client = RawClient::open_narrow(server.addr, "/").await;
    let ping = Frame::ping([7; 125]).encode();
    let batch = ping.repeat(8 * MIB as usize / ping.len());
    for _ in 0..32 {
        within("the server to read on", client.write(&batch)).await;
    }
    server
        .assert_grew_less_than("256 MiB of pings", 4 * MIB)
        .await;
}
