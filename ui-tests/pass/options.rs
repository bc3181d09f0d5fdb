//! Every option, as a literal and as a constant.

#![deny(warnings)]

use router::prelude::*;

const ON: bool = true;
const LEVEL: u8 = 6;
const BYTES: usize = 1024;
const SECONDS: u32 = 30;
const MANY: u16 = 1000;
const SITE: &str = "https://example.com";
const SITES: &[&str] = &[SITE, "same-origin"];

struct Literals;

#[websocket(
    path = "/literals",
    max_payload_length = "16MB",
    on_slow = "drop_oldest",
    idle_timeout = 120,
    backpressure_limit = "1MB",
    per_message_deflate(compress = "16KB", decompress = true, level = 6),
    compress_threshold = "1KB",
    ping_interval = "30s",
    pong_timeout = "1500ms",
    max_lifetime = "12h",
    origins = ["https://example.com", "http://localhost:3000", "same-origin"],
    protocols = ["chat.v2", "chat.v1"],
    max_connections = 10_000,
    max_subscriptions = 100,
    message_timeout = "30s",
    max_inflation_ratio = 100,
    rate_limit = "50/s",
    burst = 100,
    byte_rate = "1MB/s",
    on_flood = "close",
    send_pings = true,
    publish_to_self = false,
)]
impl Literals {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        let protocol: Option<&'static str> = ws.protocol();
        ws.send(compressed(protocol.unwrap_or_default()));
    }
}

struct Constants;

#[websocket(
    path = "/constants",
    max_payload_length = BYTES,
    idle_timeout = SECONDS,
    backpressure_limit = BYTES * 16,
    on_slow = OnSlow::Close,
    per_message_deflate(compress = false, decompress = "dedicated"),
    compress_threshold = BYTES,
    ping_interval = SECONDS / 2,
    pong_timeout = SECONDS,
    max_lifetime = Self::LIFETIME,
    origins = SITES,
    protocols = [Self::PROTOCOL, "v1"],
    max_connections = MANY,
    max_subscriptions = MANY,
    message_timeout = SECONDS,
    max_inflation_ratio = MANY,
    rate_limit = Self::RATE,
    burst = MANY,
    byte_rate = Rate::per_minute(64 * 1024 * 1024),
    on_flood = OnFlood::Close,
    send_pings = ON,
    publish_to_self = ON,
)]
impl Constants {
    const LIFETIME: u64 = 24 * 60 * 60;
    const PROTOCOL: &'static str = "v2";
    const RATE: Rate = Rate::per_second(50);

    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

struct Switched;

#[websocket(path = "/", per_message_deflate = ON, compress_threshold = 0, origins = [SITE])]
impl Switched {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

struct Leveled;

#[websocket(path = "/", per_message_deflate(level = LEVEL))]
impl Leveled {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

struct Plain;

#[websocket(path = "/", per_message_deflate, idle_timeout = 0, ping_interval = 20, pong_timeout = 5)]
impl Plain {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

const BASE: Options = Options::HARDENED.burst(200).ping_interval_ms(20_000);

struct Based;

// Without the base, `on_flood` and `pong_timeout` would do nothing.
#[websocket(
    path = "/based",
    options = BASE,
    on_flood = "close",
    idle_timeout = 0,
    pong_timeout = 5,
    origins = ["*"],
)]
impl Based {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

struct Relaxed;

#[websocket(path = "/relaxed", options = Self::STRICT, rate_limit = Rate::NONE, max_payload_length = "1MB")]
impl Relaxed {
    const STRICT: Options = Options::HARDENED.max_connections(10);

    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}

fn main() {
    let _ = Router::new()
        .mount(Literals)
        .mount(Constants)
        .mount(Switched)
        .mount(Leveled)
        .mount(Plain)
        .mount(Based)
        .mount(Relaxed);
}
