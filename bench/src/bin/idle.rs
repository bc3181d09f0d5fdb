//! Bytes of resident memory an idle connection, of the example `plain`.
//!
//! ```sh
//! cargo build --release --workspace --bins && target/release/idle 5000 /echo /held
//! ```
//!
//! For each path a fresh server is started, and warmed up with some connections; then come those
//! that count. It is measured when they are there, and again when each has sent a message and got
//! its reply. Linux only: memory is read from `/proc`, and the limit of open files must allow
//! for the connections.

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

/// Connections before those that count: they make what is made once.
const WARM_UP: usize = 100;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let count: usize = arguments.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?;
    println!("| path | connections | bytes a connection | after a message each |");
    println!("|---|--:|--:|--:|");
    for path in arguments {
        let server = Server::start()?;
        let mut warm_up = connect(&server.address, &path, WARM_UP)?;
        exchange(&mut warm_up)?;
        let before = server.resident()?;
        let mut connections = connect(&server.address, &path, count)?;
        let idle = server.resident()?.saturating_sub(before) / count;
        exchange(&mut connections)?;
        let used = server.resident()?.saturating_sub(before) / count;
        println!("| {path} | {count} | {idle} | {used} |");
    }
    Ok(())
}

const USAGE: &str = "usage: idle CONNECTIONS PATH…, for example: idle 5000 /echo /held";

/// The example `plain`, as a process.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Result<Self> {
        let program = env::current_exe()?.with_file_name("plain");
        let mut process = Command::new(&program)
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(Self { process, address })
    }

    fn resident(&self) -> Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("no VmRSS in /proc")?.parse::<usize>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails when it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn connect(address: &str, path: &str, count: usize) -> Result<Vec<TcpStream>> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let open = |_| {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        if head.starts_with(b"HTTP/1.1 101 ") {
            Ok(stream)
        } else {
            Err(format!("{path}: {}", String::from_utf8_lossy(&head)).into())
        }
    };
    (0..count).map(open).collect()
}

/// A message and its reply on each connection.
fn exchange(connections: &mut [TcpStream]) -> Result<()> {
    for stream in connections {
        // "hello", with a mask of zeros.
        stream.write_all(b"\x81\x85\0\0\0\0hello")?;
        let mut reply = [0; 7];
        stream.read_exact(&mut reply)?;
        if reply != *b"\x81\x05hello" {
            return Err(format!("not an echo: {reply:?}").into());
        }
    }
    Ok(())
}
