//! Measures what router's attribute macros cost at compile time. An app of 100 routes and 10 sockets is
//! compared with the same app written by hand in axum. Both apps are written anew to `target/compile-cost`
//! for each run, and measured in turns.
//!
//! | figure | is |
//! |---|---|
//! | check, clean | `cargo check` of the app alone, with its dependencies already checked |
//! | check, a line edited | `cargo check`, after a line in one of its ten modules has become longer |
//! | check, a line added | `cargo check`, after a line was added to a method, which moves all code after it |
//! | expansion | expansion time per route; the attributes, built without optimization, time themselves |
//! | LLVM lines | lines that the app's own crate passes to LLVM, unoptimized |
//! | binary | size of the program, optimized as a whole, without symbols |

mod app;

use app::App;
use std::{error::Error, fs, path::PathBuf, process::ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) const MODULES: usize = 10;
pub(crate) const ROUTES: usize = 10 * MODULES;

/// The number of measurements of each app.
const ROUNDS: usize = 31;

fn main() -> ExitCode {
    match run() {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("compile: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = workspace.canonicalize()?.join("target/compile-cost");
    fs::create_dir_all(&folder)?;
    let router = App::write(&folder, "router")?;
    let axum = App::write(&folder, "axum")?;
    let apps = [&router, &axum];

    // The dependencies are checked once.
    for app in apps {
        eprintln!("{}: dependencies", app.name);
        app.check(&[])?;
    }
    let [mut clean, mut edited, mut added] = [const { [const { Vec::new() }; 2] }; 3];
    for round in 0..ROUNDS {
        for turn in 0..2 {
            let index = (round + turn) % 2;
            let app = apps[index];
            eprintln!("{} round {}", app.name, round + 1);
            app.forget()?;
            clean[index].push(app.check(&[])?);
            app.edit_line(round)?;
            edited[index].push(app.check(&[])?);
            app.add_line(round)?;
            added[index].push(app.check(&[])?);
        }
    }
    let expansion = router.expansion()?;
    let mut rows = vec![
        row("check, clean, s", &clean),
        row("check, a line edited, s", &edited),
        row("check, a line added, s", &added),
    ];
    for (name, measure) in [
        ("LLVM lines", App::llvm_lines as fn(&App) -> Result<f64>),
        ("binary, KiB", App::binary),
    ] {
        eprintln!("{name}");
        rows.push(row(name, &[vec![measure(&router)?], vec![measure(&axum)?]]));
    }
    rows.push(format!("| expansion, ms per route | {expansion:.2} | | |"));
    Ok(format!(
        "## {ROUTES} routes and {MODULES} sockets, median of {ROUNDS}\n\n\
         | | router | axum | ÷ axum |\n|---|--:|--:|--:|\n{}",
        rows.join("\n")
    ))
}

/// Returns a row with the medians, and with the median of the ratios within a round.
fn row(name: &str, [ours, theirs]: &[Vec<f64>; 2]) -> String {
    let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
    let ratio = median(ratios.collect());
    let (ours, theirs) = (median(ours.clone()), median(theirs.clone()));
    let digits = if ours < 100.0 { 2 } else { 0 };
    format!("| {name} | {ours:.digits$} | {theirs:.digits$} | {ratio:.2} |")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
