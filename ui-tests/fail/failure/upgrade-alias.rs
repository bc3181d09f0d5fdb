use router::prelude::*;

type Admitted = Result<u8, Html<String>>;

struct Chat;

#[websocket(path = "/", data = u8)]
impl Chat {
    #[on(upgrade)]
    async fn admit(&self) -> Admitted {
        Err(Html(String::new()))
    }
}

fn main() {}
