//! More modules than the compiler follows traits.

#![deny(warnings)]

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

#[rustfmt::skip]
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
    p64: Page<64>, p65: Page<65>, p66: Page<66>, p67: Page<67>, p68: Page<68>, p69: Page<69>, p70: Page<70>, p71: Page<71>,
    p72: Page<72>, p73: Page<73>, p74: Page<74>, p75: Page<75>, p76: Page<76>, p77: Page<77>, p78: Page<78>, p79: Page<79>,
    p80: Page<80>, p81: Page<81>, p82: Page<82>, p83: Page<83>, p84: Page<84>, p85: Page<85>, p86: Page<86>, p87: Page<87>,
    p88: Page<88>, p89: Page<89>, p90: Page<90>, p91: Page<91>, p92: Page<92>, p93: Page<93>, p94: Page<94>, p95: Page<95>,
    p96: Page<96>, p97: Page<97>, p98: Page<98>, p99: Page<99>, p100: Page<100>, p101: Page<101>, p102: Page<102>, p103: Page<103>,
    p104: Page<104>, p105: Page<105>, p106: Page<106>, p107: Page<107>, p108: Page<108>, p109: Page<109>, p110: Page<110>, p111: Page<111>,
    p112: Page<112>, p113: Page<113>, p114: Page<114>, p115: Page<115>, p116: Page<116>, p117: Page<117>, p118: Page<118>, p119: Page<119>,
    p120: Page<120>, p121: Page<121>, p122: Page<122>, p123: Page<123>, p124: Page<124>, p125: Page<125>, p126: Page<126>, p127: Page<127>,
    p128: Page<128>, p129: Page<129>, p130: Page<130>, p131: Page<131>, p132: Page<132>, p133: Page<133>, p134: Page<134>, p135: Page<135>,
    p136: Page<136>, p137: Page<137>, p138: Page<138>, p139: Page<139>, p140: Page<140>, p141: Page<141>, p142: Page<142>, p143: Page<143>,
    p144: Page<144>, p145: Page<145>, p146: Page<146>, p147: Page<147>, p148: Page<148>, p149: Page<149>,
}

fn main() {
    let _: fn(App) -> Router = Router::from;
    assert_eq!(<Page<149> as Module>::ROUTES.len(), 1);
}
