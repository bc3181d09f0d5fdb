//! hyper with two routes, and an upgrade by the library that is measured.

use crate::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use hyper::{
    Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::net::TcpListener;

pub(crate) type Answer = Response<BoxBody<Bytes, Infallible>>;

pub(crate) async fn serve(
    listener: TcpListener,
    upgrade: fn(Request<Incoming>) -> Answer,
) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request: Request<Incoming>| async move {
            Ok::<_, Infallible>(match request.uri().path() {
                "/" => text("Hello, World!"),
                "/echo" => upgrade(request),
                path => match path.strip_prefix("/users/") {
                    Some(id) => text(format!("user {id}")),
                    None => empty(StatusCode::NOT_FOUND),
                },
            })
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // A client that disconnects is not an error of the server.
            let _ = connection.with_upgrades().await;
        });
    }
}

fn text(body: impl Into<Bytes>) -> Answer {
    Response::new(Full::new(body.into()).boxed())
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(Empty::new().boxed());
    *response.status_mut() = status;
    response
}
