//! fastwebsockets on hyper's upgrade.

use crate::hyper::{Answer, empty};
use fastwebsockets::{Frame, OpCode, upgrade::UpgradeFut};
use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode, body::Incoming};

pub(crate) fn upgrade(mut request: Request<Incoming>) -> Answer {
    let Ok((response, upgraded)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    tokio::spawn(echo(upgraded));
    response.map(|body| body.boxed())
}

async fn echo(upgraded: UpgradeFut) {
    let Ok(mut socket) = upgraded.await else {
        return;
    };
    socket.set_writev(true);
    socket.set_auto_close(true);
    socket.set_auto_pong(true);
    while let Ok(frame) = socket.read_frame().await {
        match frame.opcode {
            OpCode::Close => return,
            OpCode::Text | OpCode::Binary => {
                let reply = Frame::new(true, frame.opcode, None, frame.payload);
                if socket.write_frame(reply).await.is_err() {
                    return;
                }
            }
            _ => {}
        }
    }
}
