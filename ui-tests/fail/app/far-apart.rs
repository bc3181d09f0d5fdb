use router::{by_hand::{Answer, Module, Route}, prelude::*};

/// Answers at `/`, `/a`, `/aa`, and so on.
struct Page<const LENGTH: usize>;

const LONG: &str = match str::from_utf8(&LETTERS) {
    Ok(text) => text,
    Err(_) => "",
};
const LETTERS: [u8; 200] = {
    let mut letters = [b'a'; 200];
    letters[0] = b'/';
    letters
};

impl<const LENGTH: usize> Module for Page<LENGTH> {
    const ROUTES: &'static [Route<Self>] = &[Route::new(
        Method::GET,
        LONG.split_at(LENGTH + 1).0,
        "Page::index",
        |_, _| Ok(Answer::ready(())),
    )];
}

#[router::app]
struct App {
    p0: Page<0>, p1: Page<1>, p2: Page<2>, p3: Page<3>, p4: Page<4>, p5: Page<5>, p6: Page<6>, p7: Page<7>,
    p8: Page<8>, p9: Page<9>, p10: Page<10>, p11: Page<11>, p12: Page<12>, p13: Page<13>, p14: Page<14>, p15: Page<15>,
    p16: Page<16>, p17: Page<17>, p18: Page<18>, p19: Page<19>, p20: Page<20>, p21: Page<21>, p22: Page<22>, p23: Page<23>,
    p24: Page<24>, p25: Page<25>, p26: Page<26>, p27: Page<27>, p28: Page<28>, p29: Page<29>, p30: Page<30>, p31: Page<31>,
    p32: Page<32>, p33: Page<33>, p34: Page<34>, p35: Page<35>, p36: Page<36>, p37: Page<37>, p38: Page<38>, p39: Page<39>,
    p40: Page<40>, p41: Page<41>, p42: Page<42>, p43: Page<43>, p44: Page<44>, p45: Page<45>, p46: Page<46>, p47: Page<47>,
    p48: Page<48>, p49: Page<49>, p50: Page<50>, p51: Page<51>, p52: Page<52>, p53: Page<53>, p54: Page<54>, p55: Page<55>,
    p56: Page<56>, p57: Page<57>, p58: Page<58>, p59: Page<59>, p60: Page<60>, p61: Page<61>, p62: Page<62>, p63: Page<63>,
    p64: Page<64>, p65: Page<65>, p66: Page<66>, p67: Page<67>, p68: Page<68>, p69: Page<69>,
    again: Page<0>,
}

fn main() {}
