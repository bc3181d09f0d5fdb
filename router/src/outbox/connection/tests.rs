//! Tests a connection's own compressor: what its messages refer to, and when it exists.

use super::*;
use crate::frame::{compressed, deflate::Inflater};
use crate::outbox::{Deflation, PreparedMessage};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};

const DEFLATION: Deflation = Deflation {
    level: 6,
    threshold: 0,
};

impl Attached for () {
    fn before_send(_: &Connection<Self>) {}

    fn before_close(_: &Connection<Self>) {}
}

fn connection() -> (Connection<()>, DuplexStream) {
    let (client, stream) = duplex(1 << 20);
    let settings = Settings {
        window: 15,
        takeover: true,
        deflation: DEFLATION,
        ..Settings::PLAIN
    };
    let remote = (Ipv4Addr::LOCALHOST, 1).into();
    (
        Connection::new(Transport::boxed(stream), remote, settings),
        client,
    )
}

/// Writes the queue, and returns the payload of the one compressed frame that it holds.
async fn payload(connection: &Connection<()>, client: &mut DuplexStream) -> Vec<u8> {
    connection.flush();
    let mut head = [0; 2];
    client.read_exact(&mut head).await.unwrap();
    assert_eq!(head[0], 0xC1, "a compressed text");
    let length = match head[1] {
        126 => usize::from(client.read_u16().await.unwrap()),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    client.read_exact(&mut payload).await.unwrap();
    payload
}

fn publish(connection: &Connection<()>, text: &str) {
    let class = connection.window_class();
    let message = PreparedMessage::new(compressed(text), class, Some(DEFLATION));
    assert!(connection.publish(&message).status.is_sent());
}

const TEXT: &str = "one thing and another, and the same thing and another thing again";

#[tokio::test]
async fn a_dedicated_compressor_exists_while_it_is_used() {
    let (connection, mut client) = connection();
    let mut inflater = Inflater::new();
    assert!(connection.dedicated.lock().is_none(), "not before");
    let mut lengths = Vec::new();
    for _ in 0..3 {
        for _ in 0..2 {
            connection.send(compressed(TEXT), false);
            let payload = payload(&connection, &mut client).await;
            lengths.push(payload.len());
            assert_eq!(inflater.message(&payload, 1000).unwrap(), TEXT.as_bytes());
        }
        connection.drop_idle_compressor();
        assert!(connection.dedicated.lock().is_some(), "it was used");
        connection.drop_idle_compressor();
        assert!(
            connection.dedicated.lock().is_none(),
            "it was not used since"
        );
    }
    // A new compressor has no history.
    assert_eq!(lengths[0], lengths[2]);
    assert!(lengths[1] * 3 < lengths[0], "{lengths:?}");
}

#[tokio::test]
async fn a_published_message_resets_the_dedicated_compressor() {
    let (connection, mut client) = connection();
    let mut inflater = Inflater::new();
    let mut lengths = Vec::new();
    for published in [false, false, true, false] {
        if published {
            publish(&connection, &TEXT.to_uppercase());
            let payload = payload(&connection, &mut client).await;
            inflater.message(&payload, 1000).unwrap();
        }
        connection.send(compressed(TEXT), false);
        let payload = payload(&connection, &mut client).await;
        lengths.push(payload.len());
        assert_eq!(inflater.message(&payload, 1000).unwrap(), TEXT.as_bytes());
    }
    assert_eq!(lengths[0], lengths[2]);
    assert_eq!(lengths[1], lengths[3]);
}
