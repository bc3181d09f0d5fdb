use router::prelude::*;

fn count(handle: &Handle) {
    handle.send(5_u64);
}

fn main() {}
