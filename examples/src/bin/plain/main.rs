//! The server that the package `bench` measures: as little code as possible besides the router itself, and no
//! logging.
//!
//! It runs on one thread, or on the number of worker threads in `THREADS`. With `DEFLATE=1`, the sockets
//! `/echo` and `/topic` have permessage-deflate.

mod held;
mod pages;
mod sockets;

use std::num::NonZeroUsize;

use mimalloc::MiMalloc;
use router::Router;
use tokio::runtime::Builder;

/// Saves about 250 bytes per connection compared with glibc's allocator, which wastes memory to align tokio's
/// allocations.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Result<(), examples::Failure> {
    let threads = examples::setting("THREADS", NonZeroUsize::MIN)?.get();
    let mut runtime = if threads == 1 {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    if threads > 1 {
        runtime.worker_threads(threads);
    }
    let mut router = Router::new()
        .mount(pages::Pages)
        .mount(held::Held)
        .mount(sockets::Rooms);
    router = if examples::setting("DEFLATE", 0)? == 1 {
        router.mount(sockets::Deflate).mount(sockets::DeflateTopic)
    } else {
        router.mount(sockets::Echo).mount(sockets::Topic)
    };
    runtime
        .enable_all()
        // tokio looks for I/O events only after this number of tasks. So all receivers that a publish has
        // woken write before the next message is read.
        .event_interval(1024)
        .build()?
        .block_on(examples::serve(router))
}
