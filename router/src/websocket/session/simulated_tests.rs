//! Tests of the driver over an in-memory stream, with a paused clock. The clock advances only when
//! all tasks are idle, so hours pass in moments and no result depends on the machine.

use super::*;
use crate::{
    app::{Module, Route},
    frame::{Inflation, deflate},
    hub::Hub,
    outbox::{Settings, Transport},
    websocket::{Endpoint, Events, HandlerResult, Options, Phase, SocketError},
};
use parking_lot::Mutex;
use std::{net::Ipv4Addr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::Notify,
    task::JoinHandle,
    time::{Instant, advance, timeout},
};

/// Records the events that it handles. The text of a message selects what the handler does.
struct Scripted {
    seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<Notify>,
}

impl Module for Scripted {
    const ROUTES: &'static [Route<Self>] = &[];
    const SOCKET: Option<Options> = None;
}

impl Scripted {
    fn note(&self, event: impl Into<String>) {
        self.seen.lock().push(event.into());
    }
}

struct OnDrop<'a>(&'a Scripted);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
}

impl WebSocket for Scripted {
    type Data = ();
    const EVENTS: Events = Events::NONE
        .with_async(Event::Text)
        .with(Event::Ping)
        .with(Event::Pong)
        .with(Event::Close)
        .with(Event::Error);

    async fn text_async(&self, ws: &mut Socket<()>, text: &str) -> HandlerResult {
        self.note(text);
        match text {
            "wait" => {
                let _dropped = OnDrop(self);
                self.gate.notified().await;
            }
            "until closed" => ws.closed().await,
            "panic" => panic!("as told"),
            "terminate" => {
                ws.terminate();
                std::future::pending::<()>().await;
            }
            text => drop(ws.send(text)),
        }
        ws.send("done");
        Ok(())
    }

    fn ping(&self, _: &mut Socket<()>, _: &[u8]) -> HandlerResult {
        self.note("ping");
        Ok(())
    }

    fn pong(&self, _: &mut Socket<()>, _: &[u8]) -> HandlerResult {
        self.note("pong");
        Ok(())
    }

    fn close(&self, _: &mut Socket<()>, code: CloseCode, reason: &str) -> HandlerResult {
        self.note(format!("close {code} {reason}"));
        Ok(())
    }

    fn error(&self, _: &mut Socket<()>, error: SocketError) -> HandlerResult {
        self.note(error.to_string());
        Ok(())
    }
}

struct Simulation {
    client: DuplexStream,
    endpoint: Arc<Endpoint>,
    seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<Notify>,
    session: JoinHandle<()>,
}

impl Simulation {
    fn start(options: Options) -> Self {
        Self::with(options, Settings::PLAIN)
    }

    fn with(options: Options, settings: Settings) -> Self {
        // Small, so that frames are written in parts.
        let (client, stream) = duplex(100);
        let seen = Arc::default();
        let gate = Arc::new(Notify::new());
        let module = Arc::new(Scripted {
            seen: Arc::clone(&seen),
            gate: gate.clone(),
        });
        let endpoint = Endpoint::new("scripted", module.clone(), options, Hub::new());
        let endpoint = Arc::new(endpoint);
        let session = tokio::spawn(session(Start {
            module,
            permit: ConnectionPermit::take(endpoint.clone()).unwrap(),
            transport: Transport::boxed(stream),
            remote: (Ipv4Addr::LOCALHOST, 1).into(),
            settings,
            data: (),
            early: Vec::new(),
        }));
        endpoint.start_sweeps();
        Self {
            client,
            endpoint,
            seen,
            gate,
            session,
        }
    }

    async fn send(&mut self, first: u8, payload: &[u8]) {
        let mut bytes = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        bytes.extend(payload);
        self.client.write_all(&bytes).await.unwrap();
    }

    async fn text(&mut self, text: &str) {
        self.send(0x81, text.as_bytes()).await;
    }

    /// The first byte and the payload of the next frame.
    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.client.read_exact(&mut head).await.unwrap();
        let length = match head[1] {
            126 => usize::from(self.client.read_u16().await.unwrap()),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.client.read_exact(&mut payload).await.unwrap();
        (head[0], payload)
    }

    async fn expect(&mut self, first: u8, payload: &[u8]) {
        assert_eq!(self.frame().await, (first, payload.to_vec()));
    }

    async fn expect_close(&mut self, code: u16, reason: &str) {
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        self.expect(0x88, &payload).await;
    }

    async fn expect_eof(&mut self) {
        assert_eq!(self.client.read(&mut [0]).await.unwrap(), 0);
    }

    /// Waits until the session has ended, and returns the events that the module recorded.
    async fn end(mut self) -> Vec<String> {
        timeout(Duration::from_secs(3600), &mut self.session)
            .await
            .expect("a session ends")
            .expect("a session does not panic");
        assert_eq!(self.endpoint.live().count(), 0);
        self.seen.lock().clone()
    }

    async fn settled(&self) {
        // The clock is paused, so this ends when all other tasks are idle.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

const PLAIN: Options = Options::DEFAULT.idle_timeout_ms(0);

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_while_a_handler_waits_and_its_own_handler_runs_later() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("wait").await;
    sim.send(0x89, b"now").await;
    sim.send(0x8A, b"unasked").await;
    sim.expect(0x8A, b"now").await;
    assert_eq!(*sim.seen.lock(), ["wait"]);
    sim.gate.notify_one();
    sim.expect(0x81, b"done").await;
    sim.settled().await;
    assert_eq!(*sim.seen.lock(), ["wait", "dropped", "ping", "pong"]);
}

#[tokio::test(start_paused = true)]
async fn a_close_is_answered_while_a_handler_waits() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("until closed").await;
    sim.send(0x88, b"\x03\xe8bye").await;
    sim.expect_close(1000, "bye").await;
    sim.expect_eof().await;
    sim.client.shutdown().await.unwrap();
    assert_eq!(sim.end().await, ["until closed", "close 1000 bye"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_stream_is_noticed_while_a_handler_waits() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("until closed").await;
    sim.client.shutdown().await.unwrap();
    assert_eq!(sim.end().await, ["until closed", "close 1006 "]);
}

#[tokio::test(start_paused = true)]
async fn frames_that_come_byte_by_byte_and_leave_in_parts_are_whole() {
    let mut sim = Simulation::start(PLAIN);
    let text = "x".repeat(120);
    let frame = [&[0x81, 0x80 | 120, 0, 0, 0, 0], text.as_bytes()].concat();
    for _ in 0..3 {
        for byte in &frame {
            sim.client.write_all(&[*byte]).await.unwrap();
        }
        sim.expect(0x81, text.as_bytes()).await;
        sim.expect(0x81, b"done").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_reported_and_closes_the_connection_with_1011() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("panic").await;
    sim.text("not looked at").await;
    sim.expect_close(1011, "internal error").await;
    sim.client.shutdown().await.unwrap();
    assert_eq!(
        sim.end().await,
        [
            "panic",
            "the `text` handler panicked: as told",
            "close 1011 internal error"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn terminate_drops_a_handler_that_waits() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("terminate").await;
    sim.expect_eof().await;
    assert_eq!(sim.end().await, ["terminate", "close 1006 "]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_pinged_and_then_closed() {
    let start = Instant::now();
    let mut sim = Simulation::start(Options::DEFAULT.idle_timeout_ms(120_000));
    sim.expect(0x89, b"").await;
    let pinged = start.elapsed().as_secs();
    assert!((104..=106).contains(&pinged), "{pinged}");
    sim.expect_close(1001, "idle timeout").await;
    let closed = start.elapsed().as_secs();
    assert!((120..=123).contains(&closed), "{closed}");
    sim.client.shutdown().await.unwrap();
    assert_eq!(sim.end().await, ["close 1001 idle timeout"]);
}

#[tokio::test(start_paused = true)]
async fn a_ping_without_an_answer_ends_the_connection() {
    let options = PLAIN.ping_interval_ms(30_000).pong_timeout_ms(10_000);
    let start = Instant::now();
    let mut sim = Simulation::start(options);
    sim.expect(0x89, b"").await;
    sim.send(0x8A, b"").await;
    sim.expect(0x89, b"").await;
    assert!((60..=63).contains(&start.elapsed().as_secs()));
    sim.expect_close(1001, "pong timeout").await;
    assert!((70..=75).contains(&start.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_ends() {
    let start = Instant::now();
    let mut sim = Simulation::start(PLAIN.max_lifetime_ms(12 * 60 * 60 * 1000));
    sim.expect_close(1001, "lifetime reached").await;
    assert_eq!(start.elapsed().as_secs() / 60, 12 * 60);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_for_an_hour_keeps_its_client() {
    let mut sim = Simulation::start(Options::DEFAULT.idle_timeout_ms(8000));
    sim.text("wait").await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    sim.gate.notify_one();
    sim.expect(0x81, b"done").await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_gives_no_verdict() {
    let mut sim = Simulation::start(Options::DEFAULT.idle_timeout_ms(120_000));
    sim.settled().await;
    // Simulates a machine that was asleep: there is one sweep, however much time has passed.
    advance(Duration::from_secs(86_400)).await;
    sim.settled().await;
    sim.text("still there").await;
    sim.expect(0x81, b"still there").await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_the_close_is_given_up() {
    let start = Instant::now();
    let mut sim = Simulation::start(PLAIN);
    sim.endpoint.stop().await;
    sim.expect_close(1001, "server shutting down").await;
    sim.expect_eof().await;
    // The client keeps its side open.
    let (mut client, other) = duplex(1);
    std::mem::swap(&mut sim.client, &mut client);
    drop(other);
    let seen = sim.end().await;
    assert_eq!(seen, ["close 1001 server shutting down"]);
    let waited = start.elapsed().as_secs();
    assert!((5..=12).contains(&waited), "{waited}");
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_drops_handlers_that_wait_and_runs_close() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("wait").await;
    sim.settled().await;
    sim.endpoint.stop().await;
    sim.expect_close(1001, "server shutting down").await;
    sim.settled().await;
    assert_eq!(*sim.seen.lock(), ["wait"]);
    sim.endpoint.advance(Phase::Cancelling).await;
    sim.settled().await;
    assert_eq!(
        *sim.seen.lock(),
        ["wait", "dropped", "close 1001 server shutting down"]
    );
    sim.endpoint.advance(Phase::Aborting).await;
    sim.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_task_is_aborted_leaves_nothing() {
    let mut sim = Simulation::start(PLAIN);
    sim.text("wait").await;
    sim.settled().await;
    sim.session.abort();
    sim.expect_eof().await;
    assert_eq!(sim.endpoint.live().count(), 0);
    assert_eq!(*sim.seen.lock(), ["wait", "dropped"]);
}

#[tokio::test(start_paused = true)]
async fn compressed_messages_are_read() {
    let settings = Settings {
        inflation: Inflation::Takeover,
        window: 15,
        ..Settings::PLAIN
    };
    let mut sim = Simulation::with(PLAIN, settings);
    let text = "words and words and words and words and words and words";
    let small = deflate::compress(text.as_bytes(), 15, 6).unwrap();
    sim.send(0xC1, &small).await;
    sim.expect(0x81, text.as_bytes()).await;
    sim.expect(0x81, b"done").await;
    sim.send(0xC1, &[0xFF; 20]).await;
    sim.expect_close(1007, "compressed data is not valid").await;
}
