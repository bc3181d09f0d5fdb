//! HTTP on one connection, until it closes or becomes a socket.

use super::Joined;
use crate::{app::App, live::Live, web::Body};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioTimer;
use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};

/// How long a client may take to send the head of a request; also how long a connection that is
/// kept alive may be silent between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// How far the end of the server has gone, as connections see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serving,
    /// Requests that are under way end; what is idle is closed.
    Finishing,
    CutOff,
}

/// The connections that speak HTTP.
pub(super) struct Connections {
    app: Arc<App>,
    http: http1::Builder,
    stage: watch::Sender<Stage>,
    live: Live,
}

impl Connections {
    pub(super) fn new(app: Arc<App>) -> Self {
        let mut http = http1::Builder::new();
        // Not with `pipeline_flush`: it holds back a 101 that frames have come behind already.
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD);
        Self {
            app,
            http,
            stage: watch::Sender::new(Stage::Serving),
            live: Live::new(),
        }
    }

    pub(super) fn serve<S>(&self, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let app = self.app.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let app = app.clone();
            async move { Ok::<_, Infallible>(app.respond(request.map(Body::incoming), remote).await) }
        });
        let connection = self
            .http
            .serve_connection(Joined::new(stream), service)
            .with_upgrades();
        let (mut stage, live) = (self.stage.subscribe(), self.live.clone());
        tokio::spawn(async move {
            let _live = live;
            let mut connection = pin!(connection);
            loop {
                tokio::select! {
                    // Without a random choice, and without a look at the stage for each request.
                    biased;
                    result = connection.as_mut() => {
                        if let Err(error) = result {
                            // The client's doing: it went away, or did not speak HTTP.
                            tracing::debug!(%remote, %error, "connection ended");
                        }
                        return;
                    }
                    changed = stage.changed() => match *stage.borrow_and_update() {
                        // The server was dropped where it stood.
                        _ if changed.is_err() => return,
                        Stage::Serving => {}
                        Stage::Finishing => connection.as_mut().graceful_shutdown(),
                        Stage::CutOff => return,
                    },
                }
            }
        });
    }

    /// Lets requests that are under way end, and closes what is idle.
    ///
    /// Connections that became sockets are not among these.
    pub(super) async fn finish(&self) {
        self.stage.send_replace(Stage::Finishing);
        self.live.alone().await;
    }

    /// Closes those that are left.
    pub(super) fn cut_off(&self) {
        self.stage.send_replace(Stage::CutOff);
    }
}
