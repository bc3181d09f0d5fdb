//! `router::guide::limits` lists every limit, and names an existing test for each.

use router::prelude::*;
use router_tests::{RawClient, Server};
use std::{fs, path::Path};

const PAGE: &str = include_str!("../../router/src/guide/limits.md");

/// Returns the rows of the tables of limits, each as a list of its cells.
fn rows() -> Vec<Vec<&'static str>> {
    let mut rows = Vec::new();
    let mut is_limits = false;
    for line in PAGE.lines() {
        let Some(line) = line.strip_prefix('|') else {
            is_limits = false;
            continue;
        };
        let cells: Vec<_> = line.trim_end_matches('|').split('|').collect();
        let cells: Vec<_> = cells.into_iter().map(str::trim).collect();
        if cells.last() == Some(&"test") {
            is_limits = true;
        } else if is_limits && !line.starts_with("---") {
            rows.push(cells);
        }
    }
    rows
}

#[test]
fn each_row_is_complete_and_names_tests_that_exist() {
    let rows = rows();
    assert!(rows.len() > 35, "{} rows", rows.len());
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for row in rows {
        assert_eq!(row.len(), 6, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        for test in row[5].split(", ") {
            let test = test
                .strip_prefix('`')
                .and_then(|test| test.strip_suffix('`'));
            let Some((file, function)) = test.and_then(|test| test.split_once("::")) else {
                panic!("no `file::function`: {row:?}");
            };
            let file = tests.join(file).with_extension("rs");
            let source = fs::read_to_string(&file);
            let source = source.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert!(
                is_test(&source, function),
                "{file:?} has no test {function}"
            );
        }
    }
}

/// Returns whether the source has a test function of this name.
fn is_test(source: &str, function: &str) -> bool {
    let lines: Vec<_> = source.lines().collect();
    lines.windows(2).any(|lines| {
        let is_attribute = lines[0].starts_with("#[test]") || lines[0].starts_with("#[tokio::test");
        let name = lines[1].trim_start_matches("async ").strip_prefix("fn ");
        let rest = name.and_then(|name| name.strip_prefix(function));
        is_attribute && rest.is_some_and(|rest| rest.starts_with('('))
    })
}

/// Returns the names of the methods with a `self` argument in a source file. `start` is the text that
/// precedes each name on its line.
fn methods(file: &str, start: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let source = fs::read_to_string(file).expect("it is in the repository");
    let mut names = Vec::new();
    for line in source.lines() {
        let Some(rest) = line.strip_prefix(start) else {
            continue;
        };
        let (name, arguments) = rest.split_once(['(', '<']).unwrap_or((rest, ""));
        if arguments.contains("self") {
            names.push(name.to_owned());
        }
    }
    names
}

fn assert_all_are_listed(type_name: &str, methods: &[String], others: &[&str]) {
    for other in others {
        assert!(methods.iter().any(|name| name == other), "{other} is gone");
    }
    for name in methods {
        let link = format!("](crate::{type_name}::{name})");
        let is_listed = rows().iter().any(|row| row[0].ends_with(&link));
        let is_other = others.contains(&name.as_str());
        assert!(
            is_listed != is_other,
            "if `{type_name}::{name}` is a limit, the guide needs a row for it; else name it in this test"
        );
    }
}

#[test]
fn every_option_of_a_socket_is_on_the_page_or_is_no_limit() {
    let methods = methods("../router/src/websocket/options.rs", "    pub const fn ");
    let others = [
        "on_slow",
        "close_on_backpressure_limit",
        "send_pings",
        "publish_to_self",
        "per_message_deflate",
        "compress_threshold",
        "ping_interval_ms",
        "on_flood",
    ];
    assert_all_are_listed("Options", &methods, &others);
}

#[test]
fn every_option_of_the_server_is_on_the_page_or_is_no_limit() {
    let files = ["router", "lifetime", "limits", "timeouts"];
    let files = files.map(|file| format!("../router/src/app/builder/{file}.rs"));
    let methods = files
        .iter()
        .flat_map(|file| methods(file, "    pub fn "))
        .collect::<Vec<_>>();
    let others = [
        "mount",
        "layer",
        "background",
        "shutdown_when",
        "hub",
        "routes",
        "print_routes",
    ];
    assert_all_are_listed("Router", &methods, &others);
}

macro_rules! module {
    ($name:ident, $path:literal, $options:expr) => {
        struct $name;

        #[websocket(path = $path, options = $options)]
        impl $name {
            /// Subscribes to the requested number of topics, and answers with the number of successful calls.
            #[on(text)]
            fn text(&self, ws: &mut Socket<()>, text: &str) {
                let count = text.parse().unwrap_or(0);
                let done = (0..count).filter(|n| ws.subscribe(&n.to_string())).count();
                ws.send(done.to_string());
            }
        }
    };
}

module!(Default, "/default", Options::DEFAULT);
module!(Hardened, "/hardened", Options::HARDENED);

#[tokio::test]
async fn max_subscriptions_is_1_000_by_default_and_100_in_hardened() {
    let server = Server::start(Router::new().mount(Default).mount(Hardened)).await;
    for (path, limit) in [("/default", "1000"), ("/hardened", "100")] {
        let mut client = RawClient::open(server.addr(), path).await;
        client.ask("1001", limit).await;
    }
}
