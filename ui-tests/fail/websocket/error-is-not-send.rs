use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) -> Result<(), Box<dyn std::error::Error>> {
        let number: u8 = text.parse()?;
        ws.send([number]);
        Ok(())
    }
}

fn main() {}
