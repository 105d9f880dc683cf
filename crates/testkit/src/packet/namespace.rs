//! A network namespace that a waiting process holds, with one device in it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};

/// Seen by the two ends alone.
const DEVICE: &str = "line";

pub(super) struct Namespace {
    /// Waits for the end of its input, which comes with the end of this process.
    holder: Child,
    address: Mutex<Option<Ipv4Addr>>,
}

/// Nothing is remembered from one connection to the next.
const BEGIN: &str = "ip link set lo up \
    && echo 1 > /proc/sys/net/ipv4/tcp_no_metrics_save \
    && echo ready && exec cat";
/// All that is not this machine lies behind the device. Congestion control is that of Windows and
/// of most of Linux, named at the route: a kernel may allow another alone as a default.
const ROUTE: &[&str] = &[
    "route", "replace", "default", "dev", DEVICE, "congctl", "cubic",
];

impl Namespace {
    pub fn create() -> Result<Self> {
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-c", BEGIN])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start unshare")?;
        let out = holder.stdout.take().context("no standard output")?;
        let namespace = Self {
            holder,
            address: Mutex::default(),
        };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        ensure!(line.trim() == "ready", "no network namespace could be made");
        Ok(namespace)
    }

    /// Runs `program` in here.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.holder.id()))
            .arg("--")
            .arg(program);
        command
    }

    /// Takes `device` of this process over and gives it `address`.
    pub fn adopt(&self, device: &str, address: Ipv4Addr) -> Result<()> {
        let mut moving = Command::new("ip");
        moving.args(["link", "set", "dev", device, "name", DEVICE, "netns"]);
        run(moving.arg(self.holder.id().to_string()))?;
        self.ip(&["link", "set", "dev", DEVICE, "mtu", "1500", "up"])?;
        self.set_address(Some(address))
    }

    /// `None`: no address any more.
    pub fn set_address(&self, address: Option<Ipv4Addr>) -> Result<()> {
        let mut held = self
            .address
            .lock()
            .expect("nothing panics while it is held");
        if *held == address {
            return Ok(());
        }
        match address {
            None => self.ip(&["addr", "flush", "dev", DEVICE])?,
            Some(a) => {
                self.ip(&["addr", "add", &format!("{a}/32"), "dev", DEVICE])?;
                self.ip(ROUTE)?;
            }
        }
        *held = address;
        Ok(())
    }

    fn ip(&self, arguments: &[&str]) -> Result<()> {
        run(self.command("ip").args(arguments))
    }
}

fn run(command: &mut Command) -> Result<()> {
    let out = command.output().context("cannot start ip")?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{command:?}: {said}");
    Ok(())
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
