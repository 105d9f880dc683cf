//! NSS softoken, the token of Firefox and Thunderbird: one more maker's module, for a second opinion.
//!
//! It never locks a PIN, tells of no wrong try, and gives every database one serial: it stands beside the kinds
//! of [`crate::kinds`], not among them. Filled by the programs `certutil` and `pk12util`; it refuses to call
//! PKCS#11 itself.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use openssl::pkcs12::Pkcs12;
use openssl::x509::X509;

use crate::ca::Issued;
use crate::pkcs11_tool::run;
use crate::shim::Shim;

/// Between the two programs that hand a key over, on files of this folder alone.
const PASSING: &str = "x";

/// One token, in a folder of its own.
#[derive(Debug)]
pub struct Nss {
    dir: PathBuf,
    module: PathBuf,
    label: String,
    pin: String,
}

impl Nss {
    /// A token `label` without a certificate yet.
    pub fn new(dir: &Path, label: &str, pin: &str) -> Result<Self> {
        let dir = dir.join("nss");
        std::fs::create_dir_all(&dir)?;
        let arch = std::env::consts::ARCH;
        let module = [
            format!("/usr/lib/{arch}-linux-gnu/libsoftokn3.so"),
            format!("/usr/lib/{arch}-linux-gnu/nss/libsoftokn3.so"),
            "/usr/lib64/libsoftokn3.so".to_owned(),
        ];
        let module = module.into_iter().map(PathBuf::from).find(|p| p.is_file());
        let nss = Self {
            dir,
            module: module.context("NSS is not installed (Debian: libnss3 libnss3-tools)")?,
            label: label.to_owned(),
            pin: pin.to_owned(),
        };
        let file = nss.dir.join("pin");
        std::fs::write(&file, format!("{pin}\n"))?;
        let made = nss.tool(
            "certutil",
            &[OsStr::new("-N"), OsStr::new("-f"), file.as_os_str()],
        );
        std::fs::remove_file(&file)?;
        made.map(|()| nss)
    }

    /// One more certificate with its key.
    pub fn add(&self, name: &str, issued: &Issued) -> Result<()> {
        let certificate = X509::from_der(&issued.certificate_der)?;
        let packed = Pkcs12::builder()
            .name(name)
            .pkey(&issued.key)
            .cert(&certificate)
            .build2(PASSING)?;
        let file = self.dir.join("import.p12");
        std::fs::write(&file, packed.to_der()?)?;
        let secrets = ["-K", self.pin.as_str(), "-W", PASSING, "-i"].map(OsStr::new);
        let imported = self.tool("pk12util", &[&secrets[..], &[file.as_os_str()]].concat());
        std::fs::remove_file(&file)?;
        imported
    }

    /// Behind the module that counts, which tells it where its files are: it reads no variable.
    pub fn shim(&self) -> Result<Shim> {
        let mut shim = Shim::before(&self.dir, &self.module, &[])?;
        let told = format!(
            "configdir='{}' dbTokenDescription='{}'",
            self.database(),
            self.label
        );
        shim.script(|s| s.parameters = told)?;
        Ok(shim)
    }

    fn database(&self) -> String {
        format!("sql:{}", self.dir.display())
    }

    fn tool(&self, program: &str, arguments: &[&OsStr]) -> Result<()> {
        let database = OsString::from(self.database());
        let whole = [&[OsStr::new("-d"), database.as_os_str()][..], arguments].concat();
        let kind = ("NSS_DEFAULT_DB_TYPE".into(), "sql".into());
        run(program, whole, &kind).map(drop)
    }
}
