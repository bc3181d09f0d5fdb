use router::{HandlerResult, prelude::*};
use std::error::Error;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, text: &str) -> HandlerResult {
        helper(text)?;
        Ok(())
    }
}

fn helper(text: &str) -> Result<u8, Box<dyn Error>> {
    Ok(text.parse()?)
}

fn main() {}
