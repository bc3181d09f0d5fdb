use router::prelude::*;

struct Chat;

impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
