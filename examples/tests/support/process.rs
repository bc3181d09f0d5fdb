//! The server process: started on a free port, read, and told to stop.

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::{TcpSocket, TcpStream},
    process::{Child, ChildStdout, Command},
    sync::mpsc::{self, UnboundedReceiver},
};

use super::soon;

/// A running server, which is killed when this value is dropped.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    child: Child,
    /// `None` if the output is not read.
    stdout: Option<Lines<BufReader<ChildStdout>>>,
    log: UnboundedReceiver<String>,
}

impl Server {
    pub(crate) async fn start(program: &str) -> Self {
        Self::start_with(program, &[]).await
    }

    /// Starts `program` with additional environment variables.
    pub(crate) async fn start_with(program: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = command(program)
            .env("PORT", "0")
            .envs(environment.iter().copied())
            .spawn()
            .unwrap();

        // Read continuously, because a full pipe would block the server.
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                // Fails if the log is no longer used. The pipe is emptied nevertheless.
                let _ = sender.send(line);
            }
        });

        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon("the server to listen", stdout.next_line())
            .await
            .unwrap()
            .expect("the server ended before it listened");
        let addr = line
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("not where it listens: {line:?}"))
            .parse()
            .unwrap();
        Self {
            addr,
            child,
            stdout: Some(stdout),
            log,
        }
    }

    /// Starts `program` with output that is not read. Both streams are pipes without a reader, unless
    /// `redirections`, in the syntax of `sh`, lead elsewhere.
    pub(crate) async fn start_unread(program: &str, redirections: &str) -> Self {
        // The server cannot report its port, so the test chooses it. No other server of these tests uses this
        // address. A socket of the test reserves the port. The server can bind the port nevertheless, because
        // this socket does not listen. It may even stay open for a while in a process forked by another test.
        let reserved = TcpSocket::new_v4().unwrap();
        reserved.set_reuseaddr(true).unwrap();
        reserved.bind(([127, 0, 0, 2], 0).into()).unwrap();
        let addr = reserved.local_addr().unwrap();
        let mut child = command("sh")
            .args(["-c", &format!("exec \"$0\" {redirections}"), program])
            .env("HOST", addr.ip().to_string())
            .env("PORT", addr.port().to_string())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));

        soon("the server to listen", async {
            while TcpStream::connect(addr).await.is_err() {
                let ended = child.try_wait().unwrap();
                assert_eq!(ended, None, "the server ended before it listened");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        let (_, log) = mpsc::unbounded_channel();
        Self {
            addr,
            child,
            stdout: None,
            log,
        }
    }

    /// Awaits the next line of the log that contains `part`.
    pub(crate) async fn logged(&mut self, part: &str) -> String {
        soon(&format!("{part:?} in the log"), async {
            loop {
                let line = self.log.recv().await.expect("the server ended");
                if line.contains(part) {
                    return line;
                }
            }
        })
        .await
    }

    /// Sends SIGTERM, as a service manager does to stop a server.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().expect("the server is still running");
        let pid = Pid::from_raw(id.try_into().unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
    }

    /// Waits for the end of the process. Returns its exit status, its output after the line with the address,
    /// and the rest of the log.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        soon("the server to end", async {
            let status = self.child.wait().await.unwrap();
            let mut said = Vec::new();
            if let Some(stdout) = &mut self.stdout {
                while let Some(line) = stdout.next_line().await.unwrap() {
                    said.push(line);
                }
            }
            let mut logged = Vec::new();
            while let Some(line) = self.log.recv().await {
                logged.push(line);
            }
            (status, said, logged)
        })
        .await
    }

    /// Stops a server that has no clients. Asserts that it ended successfully, and that it printed nothing
    /// after the line with the address. Returns the rest of the log.
    pub(crate) async fn stop(self) -> Vec<String> {
        self.terminate();
        let (status, said, logged) = self.ended().await;
        assert!(status.success(), "{status}, {logged:?}");
        assert!(said.is_empty(), "more than where it listens: {said:?}");
        logged
    }
}

/// Runs a `program` that cannot start, until it ends. Returns its exit status and its log.
pub(crate) async fn run_to_end(
    program: &str,
    environment: &[(&str, &str)],
) -> (ExitStatus, String) {
    let mut command = command(program);
    command.envs(environment.iter().copied());
    let output = soon("the server to give up", command.output())
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "", "it said that it listens");
    (output.status, String::from_utf8(output.stderr).unwrap())
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_remove("HOST")
        .env_remove("THREADS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
