//! The memory of an idle connection, which does not depend on its handlers.

use super::*;
use crate::{
    app::{Module, Route},
    hub::Hub,
    websocket::{Endpoint, HandlerResult, Options},
};
use std::net::{Ipv4Addr, TcpListener};
use tokio::net::TcpStream;

struct Lean;

impl Module for Lean {
    const ROUTES: &'static [Route<Self>] = &[];
    const SOCKET: Option<Options> = Some(Self::OPTIONS);
}

impl WebSocket for Lean {
    type Data = ();
}

/// A module whose handler holds 16 KiB across an `await`.
struct Fat;

impl Module for Fat {
    const ROUTES: &'static [Route<Self>] = &[];
    const SOCKET: Option<Options> = Some(Self::OPTIONS);
}

impl WebSocket for Fat {
    type Data = ();

    async fn text_async(&self, ws: &mut Socket<()>, text: &str) -> HandlerResult {
        let held = [1_u8; 16 * 1024];
        yield_now().await;
        ws.send(text);
        std::hint::black_box(&held);
        Ok(())
    }
}

async fn size_of_session<M: WebSocket<Data = ()>>(module: M) -> usize {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let remote = listener.local_addr().unwrap();
    let stream = TcpStream::connect(remote).await.unwrap();
    let module = Arc::new(module);
    let endpoint = Endpoint::new("test", module.clone(), M::OPTIONS, Hub::new());
    let session = session(Start {
        module,
        permit: ConnectionPermit::take(Arc::new(endpoint)).unwrap(),
        transport: Transport::Tcp(stream),
        remote,
        settings: Settings::PLAIN,
        data: (),
        early: Vec::new(),
    });
    size_of_val(&session)
}

#[tokio::test]
async fn a_session_has_no_room_for_handlers() {
    let lean = size_of_session(Lean).await;
    assert_eq!(size_of_session(Fat).await, lean);
    // tokio adds about 100 bytes to a session and rounds the size of the task up to a multiple of 128 bytes.
    // With a session of 152 bytes, the task takes 256 bytes. With 153 bytes, it would take 384 bytes.
    assert!(
        lean <= 152,
        "{lean} bytes, {} in the shared part",
        size_of::<Member>()
    );
    // With the two counts of its `Arc`, which take 16 bytes, the shared part takes at most 256 bytes.
    assert!(size_of::<Member>() <= 240, "{} bytes", size_of::<Member>());
}
