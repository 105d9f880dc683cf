//! A line at packet level: two network namespaces, each with a TUN device, and a relay between the
//! two. What it delays, drops and cuts are IP packets, so that the kernel's own TCP meets the loss.
//!
//! It refuses to look into packets and to leave anything behind: namespaces and devices end with
//! the processes that hold them. Needs root, iproute2 and util-linux; see [`missing`].

mod namespace;
mod relay;
mod tun;

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};

use namespace::Namespace;
use relay::{Counters, Relay, Wire};

/// What the line is like, the same in both directions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Line {
    /// 0: as fast as it goes.
    pub bits_per_second: u64,
    /// From one end to the other; a round trip is two of it.
    pub delay: Duration,
    /// Share of packets that do not arrive, 0.0 to 1.0.
    pub loss: f64,
    /// What waits before the line at the most, in bytes; more is dropped.
    pub queue: u64,
}

impl Line {
    /// For preparations.
    pub const FAST: Line = Line {
        bits_per_second: 0,
        delay: Duration::ZERO,
        loss: 0.0,
        queue: u64::MAX,
    };

    /// A mobile line at the edge of its cell: 64 kbit/s, 600 ms round trip, and a modem that holds
    /// four seconds of it.
    pub const THIN: Line = Line {
        bits_per_second: 64_000,
        delay: Duration::from_millis(300),
        loss: 0.0,
        queue: 32 * 1024,
    };

    pub const fn losing(self, loss: f64) -> Line {
        Line { loss, ..self }
    }
}

/// One side of the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Client,
    Portal,
}

impl End {
    pub const fn address(self) -> Ipv4Addr {
        match self {
            End::Client => Ipv4Addr::new(10, 77, 0, 1),
            End::Portal => Ipv4Addr::new(10, 77, 0, 2),
        }
    }
}

/// Of a packet, in bytes.
pub const BODY: usize = 1_200;

/// Carried in one direction since the last [`PacketLink::count_anew`], IP headers included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// Bytes put on the line, those that were then lost with them.
    pub bytes: u64,
    pub packets: u64,
    /// Packets with at least [`BODY`] bytes: no handshake and no query has such.
    pub bodies: u64,
    /// Packets lost on the line, by chance or because it was cut.
    pub lost: u64,
    /// Packets dropped before the line: its queue was full.
    pub dropped: u64,
}

/// Why there can be no such line here; `None`: there can.
pub fn missing() -> Option<&'static str> {
    let fine = |program: &str, argument: &str| {
        let tried = Command::new(program).arg(argument).output();
        tried.is_ok_and(|out| out.status.success())
    };
    if !rustix::process::geteuid().is_root() {
        return Some("needs root, for network namespaces of its own");
    }
    if !std::path::Path::new(tun::DEVICE).exists() {
        return Some("the kernel has no TUN devices");
    }
    if !fine("ip", "-V") {
        return Some("needs `ip` (Debian: iproute2)");
    }
    if !fine("nsenter", "--version") {
        return Some("needs `nsenter` (Debian: util-linux)");
    }
    None
}

/// The line and its two namespaces. Dropping it ends them.
pub struct PacketLink {
    client: Namespace,
    portal: Namespace,
    line: Arc<Mutex<Line>>,
    wire: Arc<Wire>,
    up: Arc<Counters>,
    down: Arc<Counters>,
    dialled: AtomicU32,
}

impl PacketLink {
    /// An open line. Its losses follow from `seed`.
    pub fn start(line: Line, seed: u64) -> Result<Self> {
        let client = Namespace::create()?;
        let portal = Namespace::create()?;
        let (near, far) = (tun::open()?, tun::open()?);
        client.adopt(&near.name, End::Client.address())?;
        portal.adopt(&far.name, End::Portal.address())?;
        let line = Arc::new(Mutex::new(line));
        let wire = Arc::<Wire>::default();
        let (up, down) = (Arc::<Counters>::default(), Arc::<Counters>::default());
        let (near, far) = (near.file, far.file);
        let back = (far.try_clone()?, near.try_clone()?, &down, !seed);
        for (from, to, counters, seed) in [(near, far, &up, seed), back] {
            let relay = Relay {
                line: Arc::clone(&line),
                wire: Arc::clone(&wire),
                counters: Arc::clone(counters),
            };
            relay.spawn(from, to, seed);
        }
        Ok(Self {
            client,
            portal,
            line,
            wire,
            up,
            down,
            dialled: AtomicU32::new(0),
        })
    }

    fn end(&self, end: End) -> &Namespace {
        match end {
            End::Client => &self.client,
            End::Portal => &self.portal,
        }
    }

    /// A command that runs `program` at one end.
    pub fn command(&self, end: End, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.end(end).command(program)
    }

    /// For packets that come to the line from now on.
    pub fn set(&self, line: Line) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }

    /// Everything on the line is lost and so is all that follows. The ends notice nothing.
    pub fn black_out(&self) {
        self.wire.set_whole(false);
    }

    pub fn end_black_out(&self) {
        self.wire.set_whole(true);
    }

    /// As a modem does: nothing passes, and the client has no address any more.
    pub fn hang_up(&self) -> Result<()> {
        self.black_out();
        self.client.set_address(None).context("hanging up")
    }

    /// After [`PacketLink::hang_up`]: with another address, so that every old connection is dead.
    pub fn dial(&self) -> Result<()> {
        let times = self.dialled.fetch_add(1, Ordering::SeqCst);
        let [a, b, c, _] = End::Client.address().octets();
        let next = Ipv4Addr::new(a, b, c, 10 + (times % 200) as u8);
        self.client.set_address(Some(next)).context("dialling")?;
        self.end_black_out();
        Ok(())
    }

    /// From the client, and to it.
    pub fn carried(&self) -> (Carried, Carried) {
        (self.up.read(), self.down.read())
    }

    pub fn count_anew(&self) {
        self.up.reset();
        self.down.reset();
    }
}
