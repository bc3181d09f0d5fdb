use router::prelude::*;

const PATIENCE: f64 = 0.5;

struct Chat;

#[websocket(idle_timeout = PATIENCE)]
impl Chat {}

fn main() {}
