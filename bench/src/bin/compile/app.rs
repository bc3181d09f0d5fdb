//! One of the two apps, of `router` or axum, whose compile times are compared.

use crate::{MODULES, ROUTES, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const MODEL: &str = include_str!("model.rs.in");

/// The environment variable that makes router's attribute macros record how long they took.
const TIMES: &str = "ROUTER_MACROS_TIMES";

pub(crate) struct App {
    /// `router` or `axum`.
    pub(crate) name: &'static str,
    folder: PathBuf,
}

impl App {
    pub(crate) fn write(folder: &Path, name: &'static str) -> Result<Self> {
        let app = Self {
            name,
            folder: folder.join(name),
        };
        let source = app.folder.join("src");
        fs::create_dir_all(&source)?;
        // Both apps use the same versions of the dependencies that both need.
        let lock = Path::new(WORKSPACE).join("Cargo.lock");
        fs::copy(lock, app.folder.join("Cargo.lock"))?;
        fs::write(app.folder.join("Cargo.toml"), app.manifest())?;
        fs::write(source.join("model.rs"), MODEL)?;
        fs::write(source.join("main.rs"), app.main())?;
        for number in 0..MODULES {
            app.write_module(number, "as it was")?;
        }
        Ok(app)
    }

    fn manifest(&self) -> String {
        let dependency = match self.name {
            "router" => format!("router = {{ path = \"{WORKSPACE}/router\" }}"),
            _ => "axum = { version = \"0.8\", default-features = false, \
                  features = [\"http1\", \"json\", \"query\", \"tokio\", \"ws\"] }"
                .to_owned(),
        };
        format!(
            "[package]\nname = \"app-{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\n{dependency}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }}\n\n\
             [profile.release]\nlto = \"fat\"\ncodegen-units = 1\nstrip = true\n",
            self.name
        )
    }

    fn main(&self) -> String {
        let numbers = || 0..MODULES;
        let declared: String = numbers().map(|n| format!("mod m{n};\n")).collect();
        let head = format!("//! The app.\n\n{declared}mod model;\n\n");
        if self.name == "axum" {
            let merged = numbers().map(|n| format!(".merge(m{n}::router())"));
            let merged: String = merged.collect();
            return format!(
                "{head}#[tokio::main]\nasync fn main() -> std::io::Result<()> {{\n    \
                 let app = axum::Router::new(){merged};\n    \
                 let listener = tokio::net::TcpListener::bind(\"127.0.0.1:3000\").await?;\n    \
                 axum::serve(listener, app).await\n}}\n"
            );
        }
        let fields: String = numbers()
            .map(|n| format!("    m{n}: m{n}::Module{n},\n"))
            .collect();
        format!(
            "{head}#[derive(Default)]\n#[router::app]\nstruct App {{\n{fields}}}\n\n\
             #[tokio::main]\nasync fn main() -> Result<(), router::Error> {{\n    \
             router::Router::from(App::default()).serve(\"127.0.0.1:3000\").await\n}}\n"
        )
    }

    fn write_module(&self, number: usize, text: &str) -> Result<()> {
        let template = match self.name {
            "router" => include_str!("router_module.rs.in"),
            _ => include_str!("axum_module.rs.in"),
        };
        let text = template
            .replace("NUMBER", &number.to_string())
            .replace("TEXT", text);
        let path = self.folder.join(format!("src/m{number}.rs"));
        Ok(fs::write(path, text)?)
    }

    /// Makes a line of a module longer.
    pub(crate) fn edit_line(&self, round: usize) -> Result<()> {
        self.write_module(round % MODULES, &format!("edit {:1$}", 1, round + 2))
    }

    /// Adds a line to the method that `edit_line` changes.
    pub(crate) fn add_line(&self, round: usize) -> Result<()> {
        let text = format!("edit {:1$}\\n\\\n        more", 1, round + 2);
        self.write_module(round % MODULES, &text)
    }

    /// Removes the results of earlier checks of the app, and keeps those of its dependencies.
    pub(crate) fn forget(&self) -> Result<()> {
        self.cargo(&["clean", "--package", &format!("app-{}", self.name)], &[])
    }

    /// Runs `cargo check`. Returns the time in seconds.
    pub(crate) fn check(&self, environment: &[(&str, &Path)]) -> Result<f64> {
        let begin = Instant::now();
        self.cargo(&["check"], environment)?;
        Ok(begin.elapsed().as_secs_f64())
    }

    /// The milliseconds that router's attribute macros take per route.
    pub(crate) fn expansion(&self) -> Result<f64> {
        let times = self.folder.join("times");
        if times.exists() {
            fs::remove_file(&times)?;
        }
        self.forget()?;
        self.check(&[(TIMES, &times)])?;
        let mut sum = 0.0;
        for line in fs::read_to_string(times)?.lines() {
            let (_, microseconds) = line.split_once(' ').ok_or("a line without a time")?;
            sum += microseconds.parse::<f64>()?;
        }
        Ok(sum / 1000.0 / ROUTES as f64)
    }

    /// The number of lines of LLVM IR in the functions that the crate of the app generates.
    pub(crate) fn llvm_lines(&self) -> Result<f64> {
        self.cargo(
            &[
                "rustc",
                "--",
                "--emit=llvm-ir",
                "-Ccodegen-units=1",
                "-Cno-prepopulate-passes",
            ],
            &[],
        )?;
        let start = format!("app_{}-", self.name);
        let deps = self.target().join("debug/deps");
        let mut newest = None;
        for entry in fs::read_dir(deps)? {
            let entry = entry?;
            let file = entry.file_name().into_string().unwrap_or_default();
            if file.starts_with(&start) && file.ends_with(".ll") {
                let modified = entry.metadata()?.modified()?;
                newest = newest.max(Some((modified, entry.path())));
            }
        }
        let (_, path) = newest.ok_or("no LLVM code was written")?;
        let text = fs::read_to_string(path)?;
        Ok(text.lines().filter(|line| line.starts_with("  ")).count() as f64)
    }

    /// The size of the optimized program in KiB.
    pub(crate) fn binary(&self) -> Result<f64> {
        self.cargo(&["build", "--release"], &[])?;
        let program = self.target().join(format!("release/app-{}", self.name));
        Ok(fs::metadata(program)?.len() as f64 / 1024.0)
    }

    /// The target folder, which both apps share, so that their common dependencies are built once.
    fn target(&self) -> PathBuf {
        self.folder.with_file_name("target")
    }

    fn cargo(&self, arguments: &[&str], environment: &[(&str, &Path)]) -> Result<()> {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.target())
            .env_remove(TIMES)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo {}: {said}", arguments.join(" ")).into());
        }
        Ok(())
    }
}
