//! SoftHSM2 as a set of tokens in a folder, filled by the programs `softhsm2-util` and
//! `pkcs11-tool`.
//!
//! It refuses to call PKCS#11 itself (only crate `token` does), and to touch the machine's own
//! SoftHSM2 set-up.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use hoso_domain::digest::Digest;

use crate::ca::Issued;
use crate::pkcs11_tool::{Tool, run};

/// A folder of tokens.
#[derive(Debug, Clone)]
pub struct SoftHsm {
    configuration: PathBuf,
    dir: PathBuf,
    module: PathBuf,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeToken {
    pub label: String,
    pub serial: String,
    pub pin: String,
    pub certificate: Digest,
}

/// Where Debian and others put the module.
pub fn module_path() -> Result<PathBuf> {
    let arch = std::env::consts::ARCH;
    [
        "/usr/lib/softhsm/libsofthsm2.so".to_owned(),
        format!("/usr/lib/{arch}-linux-gnu/softhsm/libsofthsm2.so"),
        "/usr/lib64/pkcs11/libsofthsm2.so".to_owned(),
        "/usr/lib64/softhsm/libsofthsm.so".to_owned(),
        "/usr/local/lib/softhsm/libsofthsm2.so".to_owned(),
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|p| p.is_file())
    .context("SoftHSM2 is not installed (Debian: softhsm2 opensc)")
}

impl SoftHsm {
    /// Tokens under `dir`, with a configuration of their own.
    pub fn new(dir: &Path) -> Result<Self> {
        let tokens = dir.join("tokens");
        std::fs::create_dir_all(&tokens)?;
        let configuration = dir.join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n\
             slots.removable = true\n",
            tokens.display()
        );
        std::fs::write(&configuration, text)?;
        Ok(Self {
            configuration,
            dir: dir.to_path_buf(),
            module: module_path()?,
        })
    }

    /// The PKCS#11 module.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The variable that leads the module to these tokens.
    pub fn env(&self) -> (OsString, OsString) {
        ("SOFTHSM2_CONF".into(), self.configuration.clone().into())
    }

    /// A token `label` (at most 32 bytes) with one certificate and its key under id 01.
    pub fn add_token(
        &self,
        label: &str,
        pin: &str,
        so_pin: &str,
        issued: &Issued,
    ) -> Result<MadeToken> {
        self.initialise(label, pin, so_pin)?;
        self.add_pair(label, pin, issued, "01")?;
        self.made(label, pin, issued)
    }

    /// As [`SoftHsm::add_token`], with a key that asks for the PIN at each signature.
    pub fn add_asking_token(
        &self,
        label: &str,
        pin: &str,
        so_pin: &str,
        issued: &Issued,
    ) -> Result<MadeToken> {
        self.initialise(label, pin, so_pin)?;
        self.tool().write_key(label, pin, issued, "01", true)?;
        self.add_certificate(label, pin, issued, "01")?;
        self.made(label, pin, issued)
    }

    fn initialise(&self, label: &str, pin: &str, so_pin: &str) -> Result<()> {
        let arguments = [
            "--init-token",
            "--free",
            "--label",
            label,
            "--pin",
            pin,
            "--so-pin",
            so_pin,
        ];
        self.run("softhsm2-util", arguments).map(|_| ())
    }

    fn made(&self, label: &str, pin: &str, issued: &Issued) -> Result<MadeToken> {
        Ok(MadeToken {
            label: label.to_owned(),
            serial: self.serial(label)?,
            pin: pin.to_owned(),
            certificate: issued.digest,
        })
    }

    /// Another certificate with its key on a token that is there; `id` in hex.
    pub fn add_pair(&self, label: &str, pin: &str, issued: &Issued, id: &str) -> Result<()> {
        let key = self.dir.join("import-key.pem");
        std::fs::write(&key, issued.key_pem()?)?;
        let imported = self.run(
            "softhsm2-util",
            [
                OsStr::new("--import"),
                key.as_os_str(),
                "--token".as_ref(),
                label.as_ref(),
                "--label".as_ref(),
                label.as_ref(),
                "--id".as_ref(),
                id.as_ref(),
                "--pin".as_ref(),
                pin.as_ref(),
            ],
        );
        std::fs::remove_file(&key)?;
        imported?;
        self.add_certificate(label, pin, issued, id)
    }

    /// A certificate alone: one without a key on the token.
    pub fn add_certificate(&self, label: &str, pin: &str, issued: &Issued, id: &str) -> Result<()> {
        self.add_authority(label, pin, &issued.certificate_der, id)
    }

    /// The certificate (DER) of an issuer, which tokens in the field carry beside the signer's.
    pub fn add_authority(&self, label: &str, pin: &str, der: &[u8], id: &str) -> Result<()> {
        self.tool().write_certificate(label, pin, der, id)
    }

    fn tool(&self) -> Tool<'_> {
        Tool {
            module: &self.module,
            env: self.env(),
            dir: &self.dir,
        }
    }

    fn serial(&self, label: &str) -> Result<String> {
        let slots = self.run("softhsm2-util", ["--show-slots"])?;
        let mut serial = "";
        for line in slots.lines() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            match (name.trim(), value.trim()) {
                ("Serial number", value) => serial = value,
                ("Label", value) if value == label => return Ok(serial.to_owned()),
                _ => {}
            }
        }
        bail!("softhsm2-util does not show the token {label}:\n{slots}")
    }

    fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String> {
        run(program, arguments, &self.env())
    }
}
