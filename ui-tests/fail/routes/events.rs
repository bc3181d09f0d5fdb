use router::prelude::*;

struct Chat;

#[routes]
impl Chat {
    #[on(open)]
    fn open(&self) {}

    #[on(close)]
    fn close(&self) {}
}

fn main() {}
