//! Measures the effects of hostile clients on a server. The attacks run one after the other, each on a server
//! process of its own. During each attack, a normal client, the bystander, measures how long it waits for its
//! echoes.
//!
//! See the README of this package. `attack serve THREADS` runs the server.

mod attacks;
mod bystander;
mod field;
mod process;
mod server;
mod swarm;
mod table;
mod trial;
mod wire;

use attacks::Attack;
use lexopt::prelude::*;
use std::{error::Error, process::ExitCode, time::Duration};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The argument that makes this program the server.
const SERVE: &str = "serve";

const USAGE: &str = "\
usage: attack [--only NAME,NAME] [--seconds N] [--threads N]

  --only     these attacks; default: all
  --seconds  how long each attack continues once it is set up; default 5
  --threads  the number of the server's threads; default 2";

enum Command {
    Help,
    Serve(usize),
    Attack(Settings),
}

struct Settings {
    attacks: Vec<&'static Attack>,
    time: Duration,
    threads: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("attack: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the chosen attacks. Returns whether the server kept the limits of all of them.
fn run() -> Result<bool> {
    let settings = match read_arguments()? {
        Command::Help => {
            let names: Vec<_> = attacks::ALL.iter().map(|attack| attack.name).collect();
            println!("{USAGE}\n\nattacks: {}", names.join(", "));
            return Ok(true);
        }
        Command::Serve(threads) => {
            server::serve(threads)?;
            return Ok(true);
        }
        Command::Attack(settings) => settings,
    };
    server::raise_descriptors()?;
    println!("{}", table::HEAD);
    let mut holds = true;
    for attack in settings.attacks {
        let outcome = trial::run(attack, settings.threads, settings.time)?;
        let broken = table::broken(attack, &outcome);
        println!("{}", table::row(attack, &outcome, &broken));
        holds &= broken.is_empty();
    }
    Ok(holds)
}

fn read_arguments() -> Result<Command> {
    let mut settings = Settings {
        attacks: attacks::ALL.iter().collect(),
        time: Duration::from_secs(5),
        threads: 2,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if value == SERVE => {
                return Ok(Command::Serve(parser.value()?.parse()?));
            }
            Long("only") => settings.attacks = named(&parser.value()?.string()?)?,
            Long("seconds") => {
                settings.time = Duration::try_from_secs_f64(parser.value()?.parse()?)?;
            }
            Long("threads") => settings.threads = parser.value()?.parse()?,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Attack(settings))
}

fn named(names: &str) -> Result<Vec<&'static Attack>> {
    let find = |name| {
        let attack = attacks::ALL.iter().find(|attack| attack.name == name);
        attack.ok_or(format!("`{name}` is not known\n{USAGE}").into())
    };
    names.split(',').map(find).collect()
}
