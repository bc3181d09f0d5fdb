use router::prelude::*;

#[derive(serde::Serialize)]
struct Event;

fn announce(hub: &Hub) {
    hub.publish("news", compressed(Event));
}

fn main() {}
