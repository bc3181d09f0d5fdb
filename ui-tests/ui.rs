//! Compiles every program in `fail` and `pass`; `README.md` in this folder has the rules.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*/*.rs");
    cases.pass("pass/*.rs");
}
