#[router::app]
struct App
where
    u8: Copy,
{
}

fn main() {}
