//! Runs models, and checks that some models fail.

use std::{env, process::Command};

/// Set in the process that runs the model.
const CHILD: &str = "ROUTER_MODELS_CHILD";

/// Fails if `model` passes: some interleaving must break an assertion or end in a deadlock.
///
/// The model runs in a separate process, which runs the same test again. A model that fails can panic again
/// while it unwinds, which aborts its process.
pub(crate) fn caught(test: &str, model: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return model();
    }
    let program = env::current_exe().expect("a test has a program");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        // A model's stack is too small to print a backtrace.
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a test can be run again");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("panicked at"),
        "no scenario fails without this rule"
    );
    assert!(
        !output.status.success(),
        "the model panicked, and its test passed: {text}"
    );
}

/// Tries all interleavings of a scenario, up to three preemptions.
pub(crate) fn check(scenario: fn()) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(scenario);
}

/// Defines a test for each mutant, with the scenarios that must catch it. The `variant!` of the caller
/// compiles the mutants.
macro_rules! mutants {
    ($($name:ident: $($scenario:ident),+;)*) => {$(
        variant!($name);

        #[test]
        fn $name() {
            common::caught(concat!("mutants::", stringify!($name)), || {
                $(common::check($name::$scenario);)+
            });
        }
    )*};
}
pub(crate) use mutants;
