//! Two card readers that no machine has: pcscd with the driver vpcd, in namespaces of their own, and
//! cards that are put in and pulled out by a call. Modules reach them as they reach real ones.
//!
//! It refuses to disturb the machine's own readers, and to leave anything behind: the daemon ends with
//! whoever started it. Needs root; see [`missing`].
#![allow(
    unsafe_code,
    reason = "a thread enters a namespace by a C function alone"
)]

use std::collections::BTreeMap;
use std::ffi::{OsString, c_int};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::piv::Card;
use crate::pkcs11_tool::run;
use crate::{wait_for, wait_until};

const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const MODULES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
];
/// Where the driver waits for the card of its first reader; the second's is the next port.
const PORT: u16 = 0x8c7b;
/// Number of readers vpcd makes.
pub const READERS: u16 = 2;
const SOON: Duration = Duration::from_secs(20);

/// Answer to reset (ISO 7816-3): T=1, historical bytes "Hoso". OpenSC knows no make by it, and so
/// looks for nothing but what the standard has.
const ATR: [u8; 9] = [0x3b, 0x84, 0x80, 0x01, b'H', b'o', b's', b'o', 0x3e];

/// The socket's place is fixed in pcscd, so it gets a `/run` of its own; the network is its own since
/// vpcd listens on every address.
const BEGIN: &str = "ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd \
    && mount --bind \"$1\" /run/pcscd && exec pcscd --foreground --error --config \"$2\"";

/// OpenSC takes the card for nothing else, writes no cache to disk, and sets a PIN anew by the PUK in
/// the way PKCS#11 describes.
const OPENSC: &str = "app default {
    card_drivers = PIV-II;
    framework pkcs15 { use_file_caching = no; }
}
app opensc-pkcs11 {
    pkcs11 { user_pin_unblock_style = init_pin_in_so_session; }
}
";

/// Why there can be no readers here; `None`: there can.
pub fn missing() -> Option<&'static str> {
    let there = |program: &str| {
        let tried = Command::new(program).arg("--version").output();
        tried.is_ok_and(|out| out.status.success())
    };
    if !rustix::process::geteuid().is_root() {
        return Some("needs root, for namespaces of its own");
    }
    if !Path::new(DRIVER).is_file() || !there("pcscd") {
        return Some("needs pcscd and vpcd (Debian: pcscd vsmartcard-vpcd)");
    }
    if module().is_err() {
        return Some("needs OpenSC (Debian: opensc opensc-pkcs11)");
    }
    if ["unshare", "setpriv"].iter().any(|p| !there(p)) {
        return Some("needs unshare and setpriv (Debian: util-linux)");
    }
    None
}

/// OpenSC's module.
pub fn module() -> Result<PathBuf> {
    let found = MODULES.iter().map(PathBuf::from).find(|p| p.is_file());
    found.context("OpenSC's module is not installed (Debian: opensc-pkcs11)")
}

/// Both readers. Dropping it pulls the cards out and ends the daemon.
pub struct Readers {
    /// Holds the daemon's socket and what it says.
    dir: PathBuf,
    daemon: Child,
    inserted: Mutex<BTreeMap<u16, Inserted>>,
}

struct Inserted {
    card: Card,
    line: TcpStream,
    task: JoinHandle<()>,
}

impl Readers {
    /// Two empty readers; their files lie in a new folder under `dir`. The daemon ends with the thread
    /// that calls this, at the latest.
    pub fn start(dir: &Path) -> Result<Self> {
        if let Some(why) = missing() {
            return Err(anyhow!("no card readers here: {why}"));
        }
        std::fs::create_dir_all(dir)?;
        let dir = tempfile::Builder::new()
            .prefix("pcsc-")
            .tempdir_in(dir)?
            .keep();
        let [socket, drivers] = [dir.join("run"), dir.join("drivers")];
        std::fs::create_dir(&socket)?;
        std::fs::create_dir(&drivers)?;
        let driver = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{PORT:#06X}\n\
             LIBPATH {DRIVER}\nCHANNELID {PORT:#06X}\n"
        );
        std::fs::write(drivers.join("vpcd"), driver)?;
        std::fs::write(dir.join("opensc.conf"), OPENSC)?;
        let log = File::create(dir.join("pcscd.log"))?;
        let daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .args(["unshare", "--net", "--mount", "sh", "-c", BEGIN, "sh"])
            .args([&socket, &drivers])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start setpriv")?;
        let mut readers = Self {
            dir,
            daemon,
            inserted: Mutex::default(),
        };
        readers.wait_for_daemon()?;
        Ok(readers)
    }

    fn wait_for_daemon(&mut self) -> Result<()> {
        let both = (0..READERS).map(|n| format!("Virtual PCD 00 {n:02}"));
        let both: Vec<String> = both.collect();
        let ready = wait_for("pcscd", SOON, || match self.daemon.try_wait() {
            Ok(None) => {
                let shown = self.list().unwrap_or_default();
                both.iter().all(|r| shown.contains(r)).then_some(Ok(()))
            }
            Ok(Some(end)) => Some(Err(anyhow!("pcscd ended: {end}"))),
            Err(error) => Some(Err(error.into())),
        });
        let result = ready.and_then(|r| r);
        result.with_context(|| {
            std::fs::read_to_string(self.dir.join("pcscd.log")).unwrap_or_default()
        })
    }

    /// What a module needs in its environment to find these readers, and no others.
    pub fn env(&self) -> [(OsString, OsString); 2] {
        [
            ("PCSCLITE_CSOCK_NAME".into(), self.socket().into()),
            ("OPENSC_CONF".into(), self.dir.join("opensc.conf").into()),
        ]
    }

    /// Puts a card in; returns once the daemon sees it.
    pub fn insert(&self, reader: u16, card: &Card) -> Result<()> {
        let mut inserted = self.inserted.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(!inserted.contains_key(&reader), "that reader has a card");
        let line = self.connect(PORT.saturating_add(reader))?;
        card.power_up();
        let (own, there) = (card.clone(), line.try_clone()?);
        let task = std::thread::spawn(move || {
            // ends with the line, which is cut when the card is pulled out
            let _ = serve(&own, there);
        });
        let card = card.clone();
        inserted.insert(reader, Inserted { card, line, task });
        drop(inserted);
        self.wait_until_shown(reader, true)
    }

    /// Pulls the card out, in the middle of whatever it does; returns once the daemon sees it.
    pub fn pull(&self, reader: u16) -> Result<()> {
        let mut inserted = self.inserted.lock().unwrap_or_else(PoisonError::into_inner);
        let one = inserted.remove(&reader).context("that reader is empty")?;
        drop(inserted);
        one.end();
        self.wait_until_shown(reader, false)
    }

    fn socket(&self) -> PathBuf {
        self.dir.join("run/pcscd.comm")
    }

    fn list(&self) -> Result<String> {
        let socket = ("PCSCLITE_CSOCK_NAME".into(), self.socket().into());
        run("opensc-tool", ["--list-readers"], &socket)
    }

    fn wait_until_shown(&self, reader: u16, there: bool) -> Result<()> {
        let (mark, name) = (if there { "Yes" } else { "No" }, format!("00 {reader:02}"));
        wait_until("the reader's word about its card", SOON, || {
            let shown = self.list().unwrap_or_default();
            let line = shown.lines().find(|l| l.ends_with(&name));
            line.is_some_and(|l| l.split_whitespace().nth(1) == Some(mark))
        })
    }

    /// A line to the driver, from within its namespace.
    fn connect(&self, port: u16) -> Result<TcpStream> {
        let namespace = File::open(format!("/proc/{}/ns/net", self.daemon.id()))?;
        let there = std::thread::spawn(move || {
            enter(&namespace)?;
            TcpStream::connect(("127.0.0.1", port))
        });
        let line = there.join().map_err(|_| anyhow!("the thread panicked"))?;
        line.context("vpcd does not take the card")
    }
}

impl Inserted {
    fn end(self) {
        self.card.power_down();
        // an error: the daemon was gone first
        let _ = self.line.shutdown(Shutdown::Both);
        let _ = self.task.join();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let mut inserted = self.inserted.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *inserted)
            .into_values()
            .for_each(Inserted::end);
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Moves this thread alone into a network namespace.
fn enter(namespace: &File) -> std::io::Result<()> {
    const CLONE_NEWNET: c_int = 0x4000_0000;
    unsafe extern "C" {
        fn setns(fd: c_int, kind: c_int) -> c_int;
    }
    // SAFETY: setns(2) takes an open descriptor and a number; it changes nothing but which network
    // this thread, which ends soon, sees.
    match unsafe { setns(namespace.as_raw_fd(), CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Speaks vpcd's protocol: a length of two bytes and that many; a single byte is an order.
fn serve(card: &Card, mut line: TcpStream) -> std::io::Result<()> {
    const ASKS_FOR_ATR: u8 = 4;
    loop {
        let mut length = [0; 2];
        line.read_exact(&mut length)?;
        let mut content = vec![0; usize::from(u16::from_be_bytes(length))];
        line.read_exact(&mut content)?;
        let answer = match content.as_slice() {
            [ASKS_FOR_ATR] => ATR.to_vec(),
            // power off, on, or a reset
            [_] => {
                card.reset();
                continue;
            }
            command => match card.answer(command) {
                Some(answer) => answer,
                None => return Ok(()),
            },
        };
        let length = u16::try_from(answer.len()).map_err(std::io::Error::other)?;
        line.write_all(&[&length.to_be_bytes()[..], &answer].concat())?;
    }
}
