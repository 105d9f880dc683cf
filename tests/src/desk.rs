//! A desk: an X display, a session bus, a window manager and WebKit's driver, all our own.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Ends its child when dropped.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Self(
            command
                .spawn()
                .with_context(|| format!("cannot start {name}"))?,
        ))
    }

    /// What it prints, when it was started with a pipe.
    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// What it reads, when it was started with a pipe.
    pub fn take_stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.0.stdin.take()
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL, at once.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Everything a window needs around it. Dropped last to first.
pub struct Desk {
    pub display: String,
    pub bus: String,
    pub driver_port: u16,
    pub width: u32,
    pub height: u32,
    /// What the driver, the window and its page write, and the program's own log.
    pub logs: Vec<PathBuf>,
    _driver: Running,
    _manager: Running,
    _bus: Running,
    _display: Running,
}

impl Desk {
    /// `environment` is what the program under test will see beside the desk's own.
    pub fn set_up(
        width: u32,
        height: u32,
        log: &Path,
        environment: &[(String, String)],
    ) -> Result<Self> {
        std::fs::create_dir_all(log)?;
        let mut display_server = Command::new("Xvfb");
        display_server
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{width}x{height}x24"),
            ])
            .args(["-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Running::start(&mut display_server)?;
        let display = format!(":{}", first_line(&mut server)?);

        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut bus = Running::start(&mut bus)?;
        let bus_address = first_line(&mut bus)?;

        let manager = Running::start(
            Command::new("openbox")
                .env("DISPLAY", &display)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;

        let driver_port = free_port()?;
        let outside = log.join("driver.log");
        let output = std::fs::File::create(&outside)?;
        let driver = Running::start(
            Command::new("WebKitWebDriver")
                .arg(format!("--port={driver_port}"))
                .env("DISPLAY", &display)
                .env("DBUS_SESSION_BUS_ADDRESS", &bus_address)
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .env("NO_AT_BRIDGE", "1")
                .env("GTK_USE_PORTAL", "0")
                .env("LANG", "C.UTF-8")
                .envs(environment.iter().map(|(k, v)| (k, v)))
                .stdout(output.try_clone()?)
                .stderr(output),
        )?;
        let home = environment.iter().find(|(name, _)| name == "HOSO_HOME");
        let own = home.map(|(_, home)| Path::new(home).join("logs/hoso.log"));
        Ok(Self {
            display,
            bus: bus_address,
            logs: [Some(outside), own].into_iter().flatten().collect(),
            driver_port,
            width,
            height,
            _driver: driver,
            _manager: manager,
            _bus: bus,
            _display: server,
        })
    }

    /// A picture of the whole display.
    pub fn picture(&self, to: &Path) -> Result<()> {
        let status = Command::new("import")
            .args(["-display", &self.display, "-window", "root"])
            .arg(to)
            .status()
            .context("cannot start import (ImageMagick)")?;
        ensure!(status.success(), "no picture could be taken");
        Ok(())
    }
}

pub(crate) fn first_line(running: &mut Running) -> Result<String> {
    let out = running.0.stdout.take().context("no standard output")?;
    let mut reader = BufReader::new(out);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    ensure!(
        !line.trim().is_empty(),
        "the program ended before it was ready"
    );
    // keep the pipe open and empty, or a later write would kill the program
    std::thread::spawn(move || {
        let mut rest = Vec::new();
        let _ = reader.read_to_end(&mut rest);
    });
    Ok(line.trim().to_owned())
}

/// A port nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A program of this workspace, from the same build as this test.
pub fn program(name: &str) -> Result<PathBuf> {
    let mut dir = std::env::current_exe()?;
    dir.pop();
    if dir.ends_with("deps") {
        dir.pop();
    }
    let path = dir.join(name);
    ensure!(
        path.exists(),
        "{} is not built: run `cargo xtask test`, or `cargo build --workspace --bins`",
        path.display()
    );
    Ok(path)
}

/// A file of the package `acceptance`, by its path below `tests`.
pub fn own_file(path: &str) -> Result<PathBuf> {
    // asked of cargo at run time: clones may share one target folder
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let roots = [own.as_ref().and_then(|d| Some(d.parent()?.to_owned())), own];
    let here = std::env::current_dir().ok();
    let folders = roots.into_iter().flatten().chain(here);
    let mut found = folders.flat_map(|d| [d.join("tests").join(path), d.join(path)]);
    let file = found.find(|file| file.exists());
    file.with_context(|| format!("no tests/{path}: run it from the workspace's folder"))
}
