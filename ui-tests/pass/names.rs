//! No name that a user may choose gets in the way of generated code.

#![deny(warnings)]

use router::prelude::*;

#[allow(dead_code, reason = "these are in scope, and that is all")]
mod shadows {
    pub(crate) struct Arc;
    pub(crate) struct Box;
    pub(crate) struct Pin;
    pub(crate) struct Route;
    pub(crate) struct Step;
    pub(crate) struct Events;
    pub(crate) trait Module {}
    pub(crate) trait WebSocket {}
    pub(crate) trait FromRequest {}
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) fn extract() {}
    pub(crate) fn lend() {}
}
#[allow(unused_imports, reason = "these are in scope, and that is all")]
use shadows::*;

#[derive(Default)]
struct Data(u8);

struct Chat;

#[websocket(path = "/{_type}", data = Data)]
impl Chat {
    #[route(get, "/type/{type}")]
    fn r#type(&self, r#type: String) -> String {
        r#type
    }

    #[route(get, "/clone")]
    fn clone(&self) {}

    #[route(get, "/into")]
    async fn into(&self, module: HeaderMap, request: Method, output: Uri) {
        drop((module, request, output));
    }

    #[route(get, "/from/{response}")]
    async fn from(&self, response: u8, value: Uri, argument_0: &HeaderMap) {
        let _ = (response, value, argument_0);
    }

    #[route(get, "/default")]
    fn default(&self) {}

    #[route(get, "/mount")]
    fn mount(&self) {}

    #[on(open)]
    fn text(&self, text: &mut Socket<Data>) {
        text.data.0 = 1;
    }

    #[on(text)]
    async fn open(&self, payload: &mut Socket<Data>, ws: &str) {
        payload.send(ws);
    }

    #[on(close)]
    fn drop(&self, _: &mut Socket<Data>, _: CloseCode, _: &str) {}

    #[on(drain)]
    fn r#loop(&self, r#mut: &mut Socket<Data>) {
        r#mut.data.0 = 2;
    }
}

#[router::app]
struct App {
    app: Chat,
}

fn main() {
    let _: fn() -> Router = || Router::from(App { app: Chat });
}
