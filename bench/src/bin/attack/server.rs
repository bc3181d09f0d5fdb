//! The server under attack: `attack serve THREADS`. It prints its address, and nothing else, to
//! standard output; its log goes to standard error.

use crate::Result;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use router::prelude::*;
use std::{future::pending, io, thread};
use tokio::runtime::Builder;

/// The largest size of the server's data, in bytes. Allocations beyond it fail. An attack that makes memory
/// grow without limit then aborts the server instead of using up the memory of the machine.
const MOST_MEMORY_BYTES: u64 = 8 << 30;

/// The topic to which all sockets of [`Quiet`] are subscribed.
const NEWS: &str = "news";

/// Mounts all modules. Their options are the defaults, except the compression of [`Deflate`] and
/// [`Dedicated`]. To attack a router with other settings, add them here.
///
/// The environment variable `MEMORY_LIMIT` sets [`Router::memory_limit`].
fn build() -> Router {
    let limit = std::env::var("MEMORY_LIMIT").ok();
    let limit = limit.map(|bytes| bytes.parse().expect("MEMORY_LIMIT is a number of bytes"));
    let router = match limit {
        Some(bytes) => Router::new().memory_limit(bytes),
        None => Router::new(),
    };
    router
        .mount(Echo)
        .mount(Deflate)
        .mount(Dedicated)
        .mount(Topics)
        .mount(Quiet)
        .mount(Control)
        .mount(Wait)
        .mount(Decoded)
        .mount(Pages)
}

/// Serves on a free port until SIGTERM.
pub(crate) fn serve(threads: usize) -> Result<()> {
    setrlimit(Resource::RLIMIT_DATA, MOST_MEMORY_BYTES, MOST_MEMORY_BYTES)?;
    raise_descriptors()?;
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = build().bind("127.0.0.1:0").await?;
        println!("{}", server.local_addr());
        Ok(server.run().await?)
    })
}

/// Raises the limit of open files to the maximum that the system allows for this process.
pub(crate) fn raise_descriptors() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// Sends every message back.
struct Echo;

#[websocket(path = "/echo", data = ())]
impl Echo {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }
}

/// [`Echo`], compressed by compressors that all connections share.
struct Deflate;

#[websocket(path = "/deflate", data = (), per_message_deflate)]
impl Deflate {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(compressed(message));
    }
}

/// [`Echo`], compressed by a compressor per connection.
struct Dedicated;

#[websocket(
    path = "/dedicated",
    data = (),
    per_message_deflate(compress = "dedicated", decompress = "dedicated"),
)]
impl Dedicated {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(compressed(message));
    }
}

/// `j:name` joins a topic, `l:name` leaves it.
struct Topics;

#[websocket(path = "/topics", data = ())]
impl Topics {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        if let Some(name) = text.strip_prefix("j:") {
            ws.subscribe(name);
        } else if let Some(name) = text.strip_prefix("l:") {
            ws.unsubscribe(name);
        }
    }
}

/// Sockets that are subscribed to a topic. Their clients are the attackers.
struct Quiet;

#[websocket(path = "/quiet", data = ())]
impl Quiet {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe(NEWS);
    }
}

/// Any text starts a thread that publishes messages of one byte to [`NEWS`] until the process ends.
struct Control;

#[websocket(path = "/control", data = ())]
impl Control {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, _: &str) {
        let hub = ws.hub().clone();
        thread::spawn(move || {
            loop {
                hub.publish(NEWS, "x");
            }
        });
        ws.send("started");
    }
}

/// A handler that never returns.
struct Wait;

#[websocket(path = "/wait", data = ())]
impl Wait {
    #[on(text)]
    async fn text(&self, _: &mut Socket<()>, _: &str) {
        pending::<()>().await;
    }
}

/// The messages that [`Decoded`] accepts. The error for an unknown variant repeats the name of the variant,
/// however long the name is.
#[derive(serde::Deserialize)]
enum Command {
    Go,
}

/// Decodes each message as JSON, and has no `#[on(error)]` handler.
struct Decoded;

#[websocket(path = "/json", data = ())]
impl Decoded {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, command: Json<Command>) {
        match command.0 {
            Command::Go => ws.send("gone"),
        };
    }
}

/// HTTP: a large response, and a request with a body.
struct Pages;

#[routes]
impl Pages {
    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![b'x'; 1 << 20]
    }

    #[route(post, "/upload")]
    fn upload(&self, body: Bytes) -> String {
        body.len().to_string()
    }
}
