//! Filling tokens by OpenSC's program `pkcs11-tool`, whichever module they are of.
//!
//! It refuses to call PKCS#11 itself: only crate `token` does.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::ca::Issued;

/// A module with the variables it reads, and a folder for what is handed over.
pub(crate) struct Tool<'a> {
    pub module: &'a Path,
    pub env: (OsString, OsString),
    pub dir: &'a Path,
}

impl Tool<'_> {
    /// Runs the program for one token, found as `which` says (`--token-label X` or `--slot N`).
    pub fn run(&self, which: [&str; 2], arguments: &[&OsStr]) -> Result<String> {
        let mut all: Vec<&OsStr> = vec![OsStr::new("--module"), self.module.as_os_str()];
        all.extend(which.map(OsStr::new));
        all.extend(arguments);
        run("pkcs11-tool", all, &self.env)
    }

    /// A certificate (DER) under `id` (hex).
    pub fn write_certificate(&self, label: &str, pin: &str, der: &[u8], id: &str) -> Result<()> {
        let file = self.dir.join("import-certificate.der");
        std::fs::write(&file, der)?;
        let written = self.write(label, pin, &file, &["--type", "cert", "--id", id]);
        std::fs::remove_file(&file)?;
        written
    }

    /// A private key under `id` (hex). `asks`: for the PIN at each signature.
    pub fn write_key(
        &self,
        label: &str,
        pin: &str,
        issued: &Issued,
        id: &str,
        asks: bool,
    ) -> Result<()> {
        let file = self.dir.join("import-key.pem");
        std::fs::write(&file, issued.key_pem()?)?;
        let mut arguments = vec!["--type", "privkey", "--id", id, "--usage-sign"];
        arguments.extend(asks.then_some("--always-auth"));
        let written = self.write(label, pin, &file, &arguments);
        std::fs::remove_file(&file)?;
        written
    }

    fn write(&self, label: &str, pin: &str, file: &Path, arguments: &[&str]) -> Result<()> {
        let mut all: Vec<&OsStr> = ["--login", "--pin", pin, "--label", label, "--write-object"]
            .map(OsStr::new)
            .to_vec();
        all.push(file.as_os_str());
        all.extend(arguments.iter().map(OsStr::new));
        self.run(["--token-label", label], &all).map(|_| ())
    }

    /// The serial of the token with that label.
    pub fn serial(&self, label: &str) -> Result<String> {
        let all = [
            OsStr::new("--module"),
            self.module.as_os_str(),
            OsStr::new("-L"),
        ];
        let slots = run("pkcs11-tool", all, &self.env)?;
        let mut here = false;
        for line in slots.lines() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            match (name.trim(), value.trim()) {
                ("token label", value) => here = value == label,
                ("serial num", value) if here => return Ok(value.to_owned()),
                _ => {}
            }
        }
        bail!("pkcs11-tool does not show the token {label}:\n{slots}")
    }
}

/// Runs a program that must succeed; answers what it printed.
pub(crate) fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    env: &(OsString, OsString),
) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .env(&env.0, &env.1)
        .output()
        .with_context(|| format!("{program} is not installed"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{program}: {}\n{said}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(said)
}
