//! Checks the rules in `ui-tests/README.md` as far as a program can.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The names of the cases that contain several mistakes, each of which has an error of its own.
const SEVERAL: [&str; 2] = ["several-mistakes", "broken-body"];

fn cases() -> Vec<PathBuf> {
    let topics = fs::read_dir("fail").unwrap();
    let files = topics.flat_map(|topic| fs::read_dir(topic.unwrap().path()).unwrap());
    let files = files.map(|file| file.unwrap().path());
    let mut cases: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> &str {
    case.file_stem().and_then(|name| name.to_str()).unwrap()
}

#[test]
fn one_mistake_is_one_error() {
    for case in cases() {
        let said = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let errors = said.lines().filter(|line| line.starts_with("error"));
        // A `[note]` is not an error of its own: it shows the second code location of an error.
        let errors = errors
            .filter(|line| !line.starts_with("error: [note]"))
            .count();
        let several = SEVERAL.contains(&name(&case));
        assert!(
            errors == 1 || several,
            "{errors} errors: {}",
            case.display()
        );
    }
}

#[test]
fn errors_underline_code_of_the_user() {
    for case in cases() {
        let said = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let at_the_attribute = said.contains("this error originates in");
        assert!(!at_the_attribute, "{}", case.display());
        assert!(
            !said.contains("\nwarning"),
            "there is also a warning: {}",
            case.display()
        );
    }
}

#[test]
fn messages_have_one_style() {
    for case in cases() {
        let said = fs::read_to_string(case.with_extension("stderr")).unwrap();
        // An error without a code such as `E0308` is a message of the macros or of the parser.
        let ours = said.lines().filter_map(|line| line.strip_prefix("error: "));
        for message in ours {
            let first = message.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{message}: {}", case.display());
            assert!(!message.ends_with('.'), "{message}: {}", case.display());
        }
    }
}

#[test]
fn every_case_has_a_stderr_file_and_every_stderr_file_has_a_case() {
    let cases = cases();
    assert!(cases.len() >= 200, "{}", cases.len());
    let stderr = |case: &PathBuf| case.with_extension("stderr").is_file();
    assert!(cases.iter().all(stderr));
    for topic in fs::read_dir("fail").unwrap() {
        for file in fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert!(path.with_extension("rs").is_file(), "{}", path.display());
        }
    }
}

/// Checks the table in `ui-tests/README.md`, so that it is updated when a case is renamed.
#[test]
fn the_readme_names_only_existing_cases() {
    let readme = fs::read_to_string("README.md").unwrap();
    let table = readme.lines().filter(|line| line.starts_with("| "));
    let mut named = 0;
    for row in table.skip(1) {
        let cases = row.rsplit('|').nth(1).unwrap().split('[').next().unwrap();
        for case in cases.split(',') {
            let case = case.trim().trim_matches('`');
            let path = Path::new("fail").join(case).with_extension("rs");
            assert!(path.is_file(), "`{case}` does not exist");
            named += 1;
        }
    }
    assert!(named > 80, "{named}");
}
