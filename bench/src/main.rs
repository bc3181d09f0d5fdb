//! Measures the cost of the servers. There is one load generator. Each server is started anew for each round,
//! and the servers take turns.
//!
//! See the README of this package.

mod cases;
mod connect;
mod fanout;
mod growth;
mod idle;
mod load;
mod meter;
mod rooms;
mod server;
mod statistics;
mod subscriptions;
mod table;
mod wrk;

use cases::Case;
use lexopt::prelude::*;
use server::ServerKind;
use std::{error::Error, fs, path::PathBuf, process::ExitCode, time::Duration};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The settings from the command line.
struct Settings {
    cases: Vec<Case>,
    servers: Vec<ServerKind>,
    rounds: usize,
    time: Duration,
    connections: usize,
    pin: bool,
    markdown: Option<PathBuf>,
    plots: Option<PathBuf>,
}

const USAGE: &str = "\
usage: bench [--cases A,B] [--servers A,B] [--rounds N] [--seconds S] [--connections N] [--pin]
             [--markdown FILE] [--plots FOLDER]

  --cases        of echo-64-1, echo-64-16, echo-16k, connect, deflate-1k, http-root, http-user,
                 wrk-root, wrk-user (which need wrk), fan-out-1, fan-out-16, fan-out-deflate,
                 fan-out-threads, rooms, room, room-stalled, topic-memory, member-memory, join-10,
                 join-many, idle, idle-held; default: all
  --servers      of bun, router, router-2-threads, uws, floor, axum, tungstenite, fastwebsockets; default: all
                 that are available
  --rounds       how often each server is started for each case; default 5
  --seconds      how long each is measured; default 3
  --connections  that are idle; default 10000
  --pin          the server on the first core, this program on the second
  --markdown     also writes the tables to a file
  --plots        instead of cases: how the cost per delivery grows, drawn into a folder";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let Some(settings) = read_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    if settings.pin {
        server::pin_this_program()?;
    }
    if let Some(folder) = &settings.plots {
        return growth::draw(folder, &settings);
    }
    let mut text = String::new();
    for case in &settings.cases {
        let table = table::of(*case, &measure(*case, &settings)?);
        println!("{table}");
        text.push_str(&table);
        text.push('\n');
    }
    if let Some(path) = &settings.markdown {
        fs::write(path, text)?;
    }
    Ok(())
}

/// Returns each server's figures by rounds. Servers to which the case does not apply are left out.
fn measure(case: Case, settings: &Settings) -> Result<Vec<(ServerKind, Vec<statistics::Figures>)>> {
    let servers = settings.servers.iter().filter(|kind| case.is_for(**kind));
    let mut rows: Vec<(ServerKind, Vec<_>)> = servers.map(|kind| (*kind, Vec::new())).collect();
    for round in 0..settings.rounds {
        let count = rows.len();
        for turn in 0..count {
            let (kind, figures) = &mut rows[(round + turn) % count];
            eprintln!("{} round {}: {}", case.name(), round + 1, kind.name());
            figures.push(case.run(*kind, settings)?);
        }
    }
    Ok(rows)
}

fn read_arguments() -> Result<Option<Settings>> {
    let mut settings = Settings {
        cases: Case::ALL.to_vec(),
        servers: ServerKind::ALL.to_vec(),
        rounds: 5,
        time: Duration::from_secs(3),
        connections: 10_000,
        pin: false,
        markdown: None,
        plots: None,
    };
    let mut chosen = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("cases") => settings.cases = list(&parser.value()?.string()?, Case::of_name)?,
            Long("servers") => {
                settings.servers = list(&parser.value()?.string()?, ServerKind::of_name)?;
                chosen = true;
            }
            Long("rounds") => settings.rounds = parser.value()?.parse()?,
            Long("seconds") => {
                settings.time = Duration::try_from_secs_f64(parser.value()?.parse()?)?;
            }
            Long("connections") => settings.connections = parser.value()?.parse()?,
            Long("pin") => settings.pin = true,
            Long("markdown") => settings.markdown = Some(parser.value()?.into()),
            Long("plots") => settings.plots = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if !chosen {
        settings.servers.retain(|kind| {
            let is_available = kind.is_available();
            if !is_available {
                eprintln!("bench: {} is not available, and is left out", kind.name());
            }
            is_available
        });
    }
    Ok(Some(settings))
}

fn list<T>(names: &str, of_name: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let find = |name| of_name(name).ok_or(format!("`{name}` is not known\n{USAGE}").into());
    names.split(',').map(find).collect()
}
