//! kryoptic as a second soft token: a PIN that locks after ten tries and warns before it does, which
//! SoftHSM2 has not.
//!
//! Its module is built by `cargo xtask test` from tests/kryoptic, apart from the workspace. It refuses
//! to call PKCS#11 itself.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::ca::Issued;
use crate::pkcs11_tool::Tool;
use crate::shim::library;
use crate::softhsm::MadeToken;

/// A folder of tokens, each in a slot of its own.
#[derive(Debug)]
pub struct Kryoptic {
    dir: PathBuf,
    module: PathBuf,
    tokens: u32,
}

impl Kryoptic {
    /// Without a token yet.
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let module = library("hoso_kryoptic").context("`cargo xtask test` builds it")?;
        Ok(Self {
            dir: dir.to_path_buf(),
            module,
            tokens: 0,
        })
    }

    /// The PKCS#11 module.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The variable that leads the module to these tokens.
    pub fn env(&self) -> (OsString, OsString) {
        ("KRYOPTIC_CONF".into(), self.configuration().into())
    }

    fn configuration(&self) -> PathBuf {
        self.dir.join("kryoptic.toml")
    }

    /// A token `label` with one certificate and its key under id 01, which `asks` for the PIN at each
    /// signature or does not.
    pub fn add_token(
        &mut self,
        label: &str,
        pin: &str,
        so_pin: &str,
        issued: &Issued,
        asks: bool,
    ) -> Result<MadeToken> {
        let slot = self.tokens.to_string();
        self.tokens = self.tokens.saturating_add(1);
        self.configure()?;
        let tool = Tool {
            module: &self.module,
            env: self.env(),
            dir: &self.dir,
        };
        let in_slot = |arguments: &[&str]| {
            let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
            tool.run(["--slot", &slot], &arguments)
        };
        in_slot(&["--init-token", "--label", label, "--so-pin", so_pin])?;
        let officer = ["--login", "--login-type", "so", "--so-pin", so_pin];
        in_slot(&[&officer[..], &["--init-pin", "--new-pin", pin]].concat())?;
        tool.write_key(label, pin, issued, "01", asks)?;
        tool.write_certificate(label, pin, &issued.certificate_der, "01")?;
        Ok(MadeToken {
            label: label.to_owned(),
            serial: tool.serial(label)?,
            pin: pin.to_owned(),
            certificate: issued.digest,
        })
    }

    fn configure(&self) -> Result<()> {
        let mut text = String::new();
        for slot in 0..self.tokens {
            let file = self.dir.join(format!("token-{slot}.sql"));
            let file = file.display();
            write!(
                text,
                "[[slots]]\nslot = {slot}\ndbtype = \"sqlite\"\ndbargs = '{file}'\n\n"
            )?;
        }
        Ok(std::fs::write(self.configuration(), text)?)
    }
}
