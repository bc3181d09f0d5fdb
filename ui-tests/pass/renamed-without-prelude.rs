//! Generated code needs no prelude, and no crate called `router`.

#![no_implicit_prelude]
#![deny(warnings)]

extern crate router as renamed;

use ::renamed::{Html, RequestHead, Router, Socket, StatusCode};
use ::renamed::{on, route, routes, websocket};
use ::std::default::Default;
use ::std::result::Result::{self, Ok};
use ::std::string::String;

#[derive(Default)]
struct Data {
    room: String,
}

struct Chat;

#[websocket(crate = ::renamed, path = "/rooms/{_room}", data = Data, idle_timeout = Self::PATIENCE)]
impl Chat {
    const PATIENCE: u8 = 60;

    #[on(open)]
    fn open(&self, ws: &mut Socket<Data>) {
        ws.data.room = String::new();
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<Data>, text: &str) -> Result<(), ::std::fmt::Error> {
        ws.send(text);
        Ok(())
    }
}

struct Admitted;

#[websocket(crate = ::renamed, path = "/admitted/{room}", data = Data)]
impl Admitted {
    #[on(upgrade)]
    async fn admit(&self, room: String, head: &RequestHead) -> Result<Data, StatusCode> {
        let _ = head;
        Ok(Data { room })
    }

    #[on(open)]
    async fn open(&self, ws: &mut Socket<Data>) {
        ws.data.room.clear();
    }
}

struct Pages;

#[routes(crate = renamed, prefix = "/pages")]
impl Pages {
    #[route(post, "/{number}")]
    async fn page(&self, number: u32, body: String) -> Html<String> {
        let _ = number;
        Html(body)
    }
}

#[renamed::app(crate = ::renamed)]
struct App {
    chat: Chat,
    admitted: Admitted,
    pages: Pages,
}

fn main() {
    let _: fn() -> Router = || {
        ::std::convert::From::from(App {
            chat: Chat,
            admitted: Admitted,
            pages: Pages,
        })
    };
}
