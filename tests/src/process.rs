//! A server in a separate process, so that its resource use can be measured from outside.

use crate::{Server, within};
use router::Router;
use std::{
    env, fs,
    future::pending,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

/// Serves on a free port until the process is killed. Prints the address first.
pub fn serve(router: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be built").block_on(async {
        let server = Server::start(router).await;
        println!("\nlistening on {}", server.addr());
        pending::<()>().await;
    });
}

/// A process that runs the test named `server` of the current test program. That test must call [`serve`].
/// Dropping this value kills the process.
pub struct Process {
    child: Child,
    addr: SocketAddr,
}

impl Process {
    /// Starts the process, and waits until the server listens.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts the process with a limit of `limit` file descriptors.
    pub async fn start_with_descriptors(limit: u32) -> Self {
        Self::start_with(&format!("ulimit -n {limit} && ")).await
    }

    async fn start_with(before: &str) -> Self {
        let executable = env::current_exe().expect("a test knows its file");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("{before}exec \"$0\" \"$@\""))
            .arg(executable)
            .args(["--ignored", "--exact", "--nocapture", "server"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let said = tokio::task::spawn_blocking(|| {
            lines
                .map_while(Result::ok)
                .find_map(|line| line.strip_prefix("listening on ")?.parse().ok())
        });
        let addr = within("the server to listen", said).await;
        let addr = addr
            .expect("it doesn't panic")
            .expect("it prints its address");
        Self { child, addr }
    }

    /// The address on which the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The value of a line of `/proc/PID/status`, in bytes.
    pub fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(self.proc("status")).expect("the server is running");
        let value = status.lines().find_map(|text| text.strip_prefix(line));
        let kib = value.and_then(|value| value.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse::<u64>().ok())
            .expect("the kernel gives it in kB")
            * 1024
    }

    /// The number of open file descriptors.
    pub fn descriptors(&self) -> usize {
        let open = fs::read_dir(self.proc("fd")).expect("the server is running");
        open.count()
    }

    /// The CPU time that the process has used, in clock ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(self.proc("stat")).expect("the server is running");
        let fields = stat.rsplit(')').next().unwrap_or_default();
        // Fields 14 and 15 of proc(5). The first two fields end at the parenthesis.
        let times = fields.split_whitespace().skip(11).take(2);
        times
            .map(|ticks| ticks.parse::<u64>().expect("a number"))
            .sum()
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails if the process has already ended, which may be why the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
