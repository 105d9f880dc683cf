//! The reference portal as a process: prepared, started, killed, started again.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use hoso_domain::party::Unit;
use hoso_testkit::ca::TestCa;

use crate::desk::{Running, free_port, program};

/// Name and password of the officer that the journey knows.
pub const OFFICER: (&str, &str) = ("giaodichvien", "kho-bac-tap-huan");

/// A portal that can be up or down.
pub struct PortalProcess {
    data: PathBuf,
    pub address: String,
    /// The connection file for all units.
    pub connection: PathBuf,
    running: Option<Running>,
}

impl PortalProcess {
    /// Makes keys, certificates, codes and connection files; nothing listens yet. The portal passes on
    /// the signers' authority's revocation list, which is empty.
    #[allow(clippy::disallowed_methods, reason = "the list is issued now")]
    pub fn prepare(data: &Path, units: &[Unit], signer_ca: &TestCa) -> Result<Self> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let given = data.with_extension("given");
        std::fs::create_dir_all(&given)?;
        let ca = given.join("signer-ca.pem");
        std::fs::write(&ca, signer_ca.pem()?)?;
        let list = given.join("signers.crl");
        std::fs::write(&list, signer_ca.revocation_list(&[], Utc::now())?)?;
        let mut command = Command::new(program("hoso-portal")?);
        command
            .arg("init")
            .arg("--data")
            .arg(data)
            .args(["--listen-url", &format!("https://{address}")])
            .args(["--name", "Cổng tập huấn Kho bạc", "--training"])
            .args(["--officer", &format!("{}:{}", OFFICER.0, OFFICER.1)])
            .arg("--signer-ca")
            .arg(&ca)
            .arg("--signer-crl")
            .arg(&list);
        for (number, unit) in units.iter().enumerate() {
            let path = given.join(format!("unit-{number}.json"));
            std::fs::write(&path, serde_json::to_vec_pretty(unit)?)?;
            command.arg("--unit").arg(path);
        }
        let status = command
            .stdout(Stdio::null())
            .status()
            .context("cannot start hoso-portal")?;
        ensure!(status.success(), "hoso-portal init failed");
        Ok(Self {
            connection: data.join("connection.hoso"),
            data: data.to_owned(),
            address,
            running: None,
        })
    }

    /// On a folder that was prepared before, a copy perhaps; listens on a port of its own.
    pub fn on(data: &Path) -> Result<Self> {
        Ok(Self {
            data: data.to_owned(),
            address: format!("127.0.0.1:{}", free_port()?),
            connection: data.join("connection.hoso"),
            running: None,
        })
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The authority of the portal's TLS certificate, PEM.
    pub fn tls_ca(&self) -> Result<String> {
        let connection =
            hoso_portal_api::Connection::from_bytes(&std::fs::read(&self.connection)?)?;
        Ok(connection.tls_ca)
    }

    /// Signs the forms and lists of `folder` into a data pack, as the treasury does; the file.
    pub fn pack(&self, folder: &Path, id: &str, name: &str) -> Result<PathBuf> {
        let out = self.data.with_extension(format!("{id}.hosopack"));
        let status = Command::new(program("hoso-portal")?)
            .arg("pack")
            .arg("--data")
            .arg(&self.data)
            .arg("--from")
            .arg(folder)
            .args(["--id", id, "--name", name])
            .arg("--out")
            .arg(&out)
            .stdout(Stdio::null())
            .status()
            .context("cannot start hoso-portal")?;
        ensure!(status.success(), "hoso-portal pack failed");
        Ok(out)
    }

    /// Starts to listen and waits until it does.
    pub fn up(&mut self) -> Result<()> {
        self.up_by(Command::new(program("hoso-portal")?))
    }

    /// As [`PortalProcess::up`], by a command that ends up as `hoso-portal`.
    pub fn up_by(&mut self, mut command: Command) -> Result<()> {
        command
            .args(["--listen", &self.address])
            .arg("--data")
            .arg(&self.data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut running = Running::start(&mut command)?;
        let out = running.take_stdout().context("no standard output")?;
        let mut reader = BufReader::new(out);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        ensure!(
            line.starts_with("listening"),
            "hoso-portal did not start: {line:?}"
        );
        std::thread::spawn(move || for _ in reader.lines() {});
        self.running = Some(running);
        Ok(())
    }

    /// SIGKILL: as a power cut.
    pub fn down(&mut self) {
        self.running = None;
    }
}
