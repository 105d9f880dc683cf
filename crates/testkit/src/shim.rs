//! The module with scripted faults before a set of tokens: what it is told, and what it saw.
//!
//! It refuses to know what a test wants to show: it writes the script and reads the log.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
pub use hoso_shim::{Act, Call, Fault, Rule, Script, fingerprint};

use crate::softhsm::SoftHsm;

/// A module of its own file, so that each has its own script and log.
#[derive(Debug)]
pub struct Shim {
    module: PathBuf,
    script: Script,
}

impl Shim {
    /// Before the tokens of `hsm`, without a fault; its files lie in a new folder under `dir`.
    pub fn new(dir: &Path, hsm: &SoftHsm) -> Result<Self> {
        Self::before(dir, hsm.module(), &[hsm.env()])
    }

    /// Before any module, which is loaded with these variables set.
    pub fn before(dir: &Path, target: &Path, env: &[(OsString, OsString)]) -> Result<Self> {
        let text = |s: &OsString| s.to_string_lossy().into_owned();
        std::fs::create_dir_all(dir)?;
        let memory = tempfile::Builder::new()
            .prefix("shim-")
            .tempdir_in(dir)?
            .keep();
        let module = memory.join(format!("module.{}", std::env::consts::DLL_EXTENSION));
        std::fs::copy(library("hoso_shim")?, &module)?;
        let script = Script {
            target: target.to_owned(),
            env: env.iter().map(|(n, v)| (text(n), text(v))).collect(),
            memory,
            ..Script::default()
        };
        let shim = Self { module, script };
        shim.write()?;
        Ok(shim)
    }

    /// The module to load.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// Changes the script; the next call follows it.
    pub fn script(&mut self, change: impl FnOnce(&mut Script)) -> Result<()> {
        change(&mut self.script);
        self.write()
    }

    /// From now on one call is answered by `act`: the `nth` of a process, 0 for each.
    pub fn rule(&mut self, call: &str, nth: u32, act: Act) -> Result<()> {
        let call = call.to_owned();
        self.script(|s| s.rules.push(Rule { call, nth, act }))
    }

    /// Takes all rules back.
    pub fn heal(&mut self) -> Result<()> {
        self.script(|s| s.rules.clear())
    }

    /// Pulls the token with that label out.
    pub fn pull(&self, label: &str) -> Result<()> {
        Ok(std::fs::write(self.script.pulled(label), "")?)
    }

    /// Puts it in again.
    pub fn insert(&self, label: &str) -> Result<()> {
        Ok(std::fs::remove_file(self.script.pulled(label))?)
    }

    /// Whether a call waits ([`Act::Wait`]).
    pub fn is_waiting(&self) -> bool {
        self.script.waiting().exists()
    }

    /// Lets it go on.
    pub fn open_gate(&self) -> Result<()> {
        Ok(std::fs::write(self.script.gate(), "")?)
    }

    /// Every call the module saw, in order, in all its processes.
    pub fn calls(&self) -> Vec<Call> {
        hoso_shim::calls(&self.script.log())
    }

    /// The logins among them.
    pub fn logins(&self) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|c| c.name == "C_Login");
        calls
    }

    fn write(&self) -> Result<()> {
        // in one piece: a running module may read it at any moment
        let place = Script::place(&self.module);
        let mut file = tempfile::NamedTempFile::new_in(&self.script.memory)?;
        serde_json::to_writer(&mut file, &self.script)?;
        file.persist(place)?;
        Ok(())
    }
}

/// A library as cargo built it beside the test program.
pub(crate) fn library(name: &str) -> Result<PathBuf> {
    let name = format!(
        "{}{name}{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a program lies in a folder")?;
    [folder.join(&name), folder.join("deps").join(&name)]
        .into_iter()
        .find(|p| p.is_file())
        .with_context(|| format!("{name} is not beside {}", program.display()))
}
