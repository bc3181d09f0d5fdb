//! What a `close` handler finds in its socket, for each way in which a connection can end.

use router::prelude::*;
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder};

struct Member {
    log: Log,
}

#[websocket(path = "/{name}", data = String)]
impl Member {
    #[on(upgrade)]
    fn admit(&self, name: String) -> String {
        name
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<String>) {
        ws.subscribe("room");
        ws.subscribe(&ws.data);
        ws.send("welcome");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<String>, text: &str) {
        match text {
            "close" => ws.close(CloseCode::from(4000), "as you like"),
            "terminate" => ws.terminate(),
            _ => ws.data.push_str(text),
        }
    }

    #[on(close)]
    async fn close(&self, ws: &mut Socket<String>, code: CloseCode, reason: &str) {
        let name = ws.data.clone();
        let name = name.as_str();
        self.log
            .note(format!("{name} close {code} {reason}").trim_end());
        self.log.note(format!(
            "open {} buffered {} subscriptions {:?} subscribed {}",
            ws.is_open(),
            ws.buffered(),
            ws.subscriptions(),
            ws.is_subscribed("room"),
        ));
        let refused = [ws.send("x"), ws.ping(b""), ws.pong(b"")];
        self.log.note(format!("{refused:?}"));
        self.log.note(format!(
            "subscribe {} {} unsubscribe {}",
            ws.subscribe("room"),
            ws.subscribe("new"),
            ws.unsubscribe("room"),
        ));
        let left = ws.hub().subscriber_count("room");
        let told = ws.publish("room", format!("{name} left {left}")).delivered;
        tokio::task::yield_now().await;
        let told_all = ws.hub().publish("room", "so it goes").delivered;
        self.log.note(format!("left {left} told {told} {told_all}"));
        // These calls have no effect.
        ws.close(CloseCode::from(4999), "again");
        ws.terminate();
    }
}

async fn members() -> (Server, Seen) {
    let (log, seen) = recorder();
    (
        Server::start(Router::new().mount(Member { log })).await,
        seen,
    )
}

/// Expects the log of a `close` handler, with `close` as its first line and one member left in the room.
async fn expect_final_state(seen: &mut Seen, close: &str) {
    seen.expect(close).await;
    seen.expect("open false buffered 0 subscriptions [] subscribed false")
        .await;
    seen.expect("[Dropped(Closed), Dropped(Closed), Dropped(Closed)]")
        .await;
    seen.expect("subscribe false false unsubscribe false").await;
    seen.expect("left 1 told 1 1").await;
}

async fn stays(server: &Server) -> Client {
    let mut client = Client::connect(server.addr(), "/stays").await;
    client.expect_text("welcome").await;
    client
}

async fn leaves(server: &Server) -> RawClient {
    let mut client = RawClient::open(server.addr(), "/ada").await;
    client.expect_text("welcome").await;
    client.send(Frame::text("+")).await;
    client
}

async fn expect_notice(stays: &mut Client) {
    stays.expect_text("ada+ left 1").await;
    stays.expect_text("so it goes").await;
}

#[tokio::test]
async fn the_final_state_after_the_client_closes() {
    let (server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    let mut client = leaves(&server).await;
    client.send(Frame::close(1000, "done")).await;
    client.expect_close(1000, "done").await;
    expect_final_state(&mut seen, "ada+ close 1000 done").await;
    expect_notice(&mut stays).await;
    assert_eq!(server.hub().subscriber_count("ada"), 0);
    assert_eq!(server.hub().subscriber_count("new"), 0);
}

#[tokio::test]
async fn the_final_state_after_a_handler_closes() {
    let (server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    let mut client = leaves(&server).await;
    client.send(Frame::text("close")).await;
    client.expect_close(4000, "as you like").await;
    client.expect_end().await;
    expect_final_state(&mut seen, "ada+ close 4000 as you like").await;
    expect_notice(&mut stays).await;
}

#[tokio::test]
async fn the_final_state_after_a_handler_terminates() {
    let (server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    let mut client = leaves(&server).await;
    client.send(Frame::text("terminate")).await;
    client.expect_gone().await;
    expect_final_state(&mut seen, "ada+ close 1006").await;
    expect_notice(&mut stays).await;
}

#[tokio::test]
async fn the_final_state_after_the_client_disconnects() {
    let (server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    drop(leaves(&server).await);
    expect_final_state(&mut seen, "ada+ close 1006").await;
    expect_notice(&mut stays).await;
}

#[tokio::test]
async fn the_final_state_after_a_protocol_violation() {
    let (server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    let mut client = leaves(&server).await;
    client.send(Frame::text("x").rsv(0b100)).await;
    let (code, reason) = client.close().await;
    assert_eq!(code, 1002);
    expect_final_state(&mut seen, &format!("ada+ close 1002 {reason}")).await;
    expect_notice(&mut stays).await;
}

#[tokio::test]
async fn the_close_handler_runs_once_however_the_connection_ends_afterwards() {
    let (mut server, mut seen) = members().await;
    let mut stays = stays(&server).await;
    let mut client = leaves(&server).await;
    client
        .send_all(&[Frame::text("close"), Frame::text("terminate")])
        .await;
    client.expect_close(4000, "as you like").await;
    client.send(Frame::close(1000, "")).await;
    drop(client);
    expect_final_state(&mut seen, "ada+ close 4000 as you like").await;
    expect_notice(&mut stays).await;
    // The next close in the log is that of the remaining member.
    server.begin_shutdown();
    stays.expect_close(1001, "server shutting down").await;
    stays.expect_end().await;
    seen.expect("stays close 1001 server shutting down").await;
}
