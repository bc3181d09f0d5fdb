//! The default of `max_connections` leaves file descriptors for the rest of the program.

use router::prelude::*;
use router_tests::{
    RawClient,
    process::{self, Process},
    request_bytes,
};

struct Target;

#[routes]
impl Target {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }
}

/// Not a test. The other test starts this function in a separate process, as its server.
#[test]
#[ignore = "the other test runs it"]
fn server() {
    process::serve(Router::new().mount(Target));
}

#[tokio::test]
async fn accepting_pauses_64_descriptors_before_the_limit_of_the_system() {
    const DESCRIPTORS: u32 = 200;
    let server = Process::start_with_descriptors(DESCRIPTORS).await;
    let mut clients = Vec::new();
    for _ in 0..DESCRIPTORS - 64 {
        let mut client = RawClient::connect(server.addr()).await;
        assert_eq!(client.request("GET", "/", &[], b"").await.text(), "page");
        clients.push(client);
    }
    let mut surplus = RawClient::connect(server.addr()).await;
    surplus.write(&request_bytes("GET", "/", &[], b"")).await;
    for client in &mut clients {
        assert_eq!(client.request("GET", "/", &[], b"").await.text(), "page");
    }
    surplus.assert_quiet();
    assert!(server.descriptors() < DESCRIPTORS as usize - 32);
    clients.pop();
    assert_eq!(surplus.reply().await.text(), "page");
}
