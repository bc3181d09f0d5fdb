//! Taking the stream of a connection out of hyper's types.

use super::stream::HttpStream;
use crate::outbox::Transport;
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The stream of a connection that hyper has handed over, and the bytes received after the request.
///
/// A TCP stream is taken out of the wrappers around it, so that it needs no lock and no box. Any other stream
/// stays wrapped in hyper's type, which first yields the bytes in hyper's read buffer.
pub(super) fn released(upgraded: Upgraded) -> (Transport, Vec<u8>) {
    let upgraded = match upgraded.downcast::<TokioIo<HttpStream<TcpStream>>>() {
        Ok(parts) => return tcp(parts, |io| io.into_inner().into_inner()),
        Err(upgraded) => upgraded,
    };
    // A server that uses hyper directly.
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => return tcp(parts, |io| without_delay(io.into_inner())),
        Err(upgraded) => upgraded,
    };
    // `axum::serve`, and other servers that use hyper-util.
    #[cfg(feature = "nested")]
    let upgraded = {
        use hyper_util::server::conn::auto::upgrade;
        match upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(upgrade::Parts { io, read_buf, .. }) => {
                let stream = without_delay(io.into_inner());
                return (Transport::Tcp(stream), read_buf.to_vec());
            }
            Err(upgraded) => upgraded,
        }
    };
    (Transport::boxed(TokioIo::new(upgraded)), Vec::new())
}

/// Other servers leave Nagle's algorithm on, which delays small messages.
fn without_delay(stream: TcpStream) -> TcpStream {
    // Fails only if the client has disconnected.
    let _ = stream.set_nodelay(true);
    stream
}

fn tcp<S>(parts: Parts<S>, stream: impl FnOnce(S) -> TcpStream) -> (Transport, Vec<u8>) {
    // hyper's read buffer is large, so its contents are copied instead of kept.
    (Transport::Tcp(stream(parts.io)), parts.read_buf.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Response, StatusCode, header::UPGRADE};
    use hyper::{body::Incoming, server::conn::http1, service::service_fn};
    use std::{convert::Infallible, net::Ipv4Addr};
    use tokio::{io::AsyncWriteExt as _, net::TcpListener, sync::mpsc};

    const REQUEST: &[u8] =
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly";

    /// Whether a server releases its TCP stream, and the bytes that followed the request.
    async fn released_by<F: Future>(
        serve: impl FnOnce(TcpStream, mpsc::UnboundedSender<(bool, Vec<u8>)>) -> F,
    ) -> (bool, Vec<u8>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(REQUEST).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (report, mut reports) = mpsc::unbounded_channel();
        serve(stream, report).await;
        reports.recv().await.unwrap()
    }

    async fn upgrade(
        mut request: http::Request<Incoming>,
        report: mpsc::UnboundedSender<(bool, Vec<u8>)>,
    ) -> Result<Response<String>, Infallible> {
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let (transport, early) = released(upgraded.await.unwrap());
            report
                .send((matches!(transport, Transport::Tcp(_)), early))
                .unwrap();
        });
        let response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(UPGRADE, "x");
        Ok(response.body(String::new()).unwrap())
    }

    #[tokio::test]
    async fn a_server_on_hyper_releases_its_tcp_stream() {
        let released = released_by(async |stream, report| {
            let service = service_fn(move |request| upgrade(request, report.clone()));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            connection.with_upgrades().await
        });
        assert_eq!(released.await, (true, b"early".to_vec()));
    }

    #[cfg(feature = "nested")]
    #[tokio::test]
    async fn a_server_on_hyper_util_releases_its_tcp_stream() {
        use hyper_util::{rt::TokioExecutor, server::conn::auto};
        let released = released_by(async |stream, report| {
            let service = service_fn(move |request| upgrade(request, report.clone()));
            let builder = auto::Builder::new(TokioExecutor::new());
            let stream = TokioIo::new(stream);
            builder
                .serve_connection_with_upgrades(stream, service)
                .await
        });
        assert_eq!(released.await, (true, b"early".to_vec()));
    }
}
