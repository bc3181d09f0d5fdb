//! Servers with other libraries, which have the same routes and the same echo as the example `plain`: `peer
//! axum`, `peer tungstenite` and `peer fastwebsockets`. `peer floor` does little more than the system
//! calls that any such server needs. Each server runs on one thread.

mod axum;
mod fastwebsockets;
mod floor;
mod hyper;
mod tungstenite;

use std::{env, error::Error};
use tokio::{net::TcpListener, runtime::Builder};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let name = env::args().nth(1).unwrap_or_default();
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok());
    let listener = std::net::TcpListener::bind(("127.0.0.1", port.unwrap_or(0)))?;
    listener.set_nonblocking(true)?;
    println!("listening on http://{}", listener.local_addr()?);
    if name == "floor" {
        return floor::serve(listener);
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        match &*name {
            "axum" => axum::serve(listener).await,
            "tungstenite" => hyper::serve(listener, tungstenite::upgrade).await,
            "fastwebsockets" => hyper::serve(listener, fastwebsockets::upgrade).await,
            other => Err(format!(
                "`{other}` is not `axum`, `floor`, `tungstenite` or `fastwebsockets`"
            )
            .into()),
        }
    })
}
