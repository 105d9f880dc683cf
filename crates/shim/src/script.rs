//! What the module is told to do, and what it writes down.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The module's orders.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    /// The module behind this one.
    pub target: PathBuf,
    /// Set before the target is loaded.
    pub env: BTreeMap<String, String>,
    /// Handed to the target when it is initialised, where it takes any (NSS); blank: what the caller says.
    pub parameters: String,
    /// Folder for what outlives a process: the log, wrong tries, tokens that are pulled out.
    pub memory: PathBuf,
    pub rules: Vec<Rule>,
    pub faults: BTreeSet<Fault>,
    /// Wrong PINs that lock a token; `None`: never, as SoftHSM2 has it.
    pub tries: Option<u32>,
    /// What the person at the reader types on its keys.
    pub typed: String,
}

/// One call answered in another way than the target would.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Name of the function, e.g. `C_Sign`.
    pub call: String,
    /// Which call of this process, from 1; 0 for each.
    pub nth: u32,
    pub act: Act,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Act {
    /// This `CKR_*` value instead of the call.
    Return(u64),
    /// Never answers.
    Hang,
    /// Ends the process.
    Crash,
    /// Waits until [`Script::gate`] is there, then goes on as if nothing was.
    Wait,
    /// The token is pulled out: `CKR_DEVICE_REMOVED`, and absent until it is put back.
    Pull,
}

/// A way a module can be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Fault {
    /// Tokens have their own keys; a login without PIN takes [`Script::typed`].
    ProtectedPath,
    /// The token whose label starts with V tells a time without digits.
    BadClock,
    /// Every question for a size is answered 0.
    NoSizes,
    /// `CKM_SHA256_RSA_PKCS` and its PSS kin are not offered.
    NoHashing,
    /// Keys ask for the PIN at each signature.
    AlwaysAuthenticate,
    /// Prints to standard output while signing.
    Noise,
    /// `CKF_USER_PIN_TO_BE_CHANGED`, until `C_SetPIN`.
    ToBeChanged,
    /// No flag ever tells of wrong tries (OpenSC #871).
    SilentFlags,
    /// `C_WaitForSlotEvent` works.
    SlotEvents,
    /// All tokens tell one serial, as those of two makers may.
    SameSerial,
    /// Sessions that could write are refused, as one Vietnamese driver does.
    ReadOnly,
    /// Tokens show all they have without a login.
    NoLogin,
}

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Name of the function.
    pub name: String,
    /// `CKU_*` of a login: 0 security officer, 1 user, 2 context specific.
    pub user: Option<u64>,
    /// Fingerprints of the PINs handed over, in order; "none" for a null pointer.
    pub pins: Vec<String>,
}

impl Script {
    /// Reads the script of the module at `path`.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// The script's place for a module's file.
    pub fn place(module: &Path) -> PathBuf {
        let mut name = module.as_os_str().to_owned();
        name.push(".script");
        name.into()
    }

    /// One line per call.
    pub fn log(&self) -> PathBuf {
        self.memory.join("calls.log")
    }

    /// Exists while the token with that label is pulled out.
    pub fn pulled(&self, label: &str) -> PathBuf {
        self.memory.join(format!("pulled-{label}"))
    }

    /// Opens what [`Act::Wait`] waits at.
    pub fn gate(&self) -> PathBuf {
        self.memory.join("gate")
    }

    /// Exists once a call waits at the gate.
    pub fn waiting(&self) -> PathBuf {
        self.memory.join("waiting")
    }

    /// Holds the number of wrong tries of a token.
    pub(crate) fn wrong(&self, label: &str) -> PathBuf {
        self.memory.join(format!("wrong-{label}"))
    }

    /// Exists once the PIN of a token was changed.
    pub(crate) fn changed(&self, label: &str) -> PathBuf {
        self.memory.join(format!("changed-{label}"))
    }

    pub(crate) fn write_down(&self, line: &str) {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log());
        // a test that cannot write its log fails on what it misses there
        let _ = file.and_then(|mut f| writeln!(f, "{line}"));
    }
}

/// The calls a module wrote down.
pub fn calls(log: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default().to_owned();
            let (mut user, mut pins) = (None, Vec::new());
            for word in words {
                match word.split_once('=') {
                    Some(("user", value)) => user = value.parse().ok(),
                    Some(("pin", value)) => pins.push(value.to_owned()),
                    _ => {}
                }
            }
            Call { name, user, pins }
        })
        .collect()
}

/// FNV-1a of a PIN: enough to tell two apart, and no PIN.
pub fn fingerprint(pin: &[u8]) -> String {
    let hash = pin.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
