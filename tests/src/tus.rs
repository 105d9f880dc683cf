//! Two tus clients that nobody of this project wrote, tus-js-client and tuspy, uploading to the
//! portal over the bad link: their lines are cut, their answers lost, and the bytes arrive.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use hoso_contract::command::GetSession;
use hoso_contract::view::LinkView;
use hoso_domain::digest::Digest;
use hoso_portal_api::path;
use hoso_testkit::link::{Effect, Fired, Pace, Rule};

use crate::desk::own_file;
use crate::lab::{Lab, Round, SOON, noise};
use crate::officer::Officer;

/// Of the file, in bytes.
const SIZE: usize = 2_000_000;
/// Where the bodies of its first tries are cut, in bytes from the begin of each.
const CUTS: [u64; 5] = [0, 1, 70_000, 300_000, 500_000];

/// A client from a registry.
#[derive(Clone, Debug)]
pub enum Peer {
    /// npm's; node finds it by `NODE_PATH`.
    TusJsClient,
    /// PyPI's, in this interpreter's packages.
    Tuspy(PathBuf),
}

impl Peer {
    pub fn name(&self) -> &'static str {
        match self {
            Self::TusJsClient => "tus-js-client",
            Self::Tuspy(_) => "tuspy",
        }
    }

    /// Whether it can be started.
    pub fn at_hand(&self) -> bool {
        let mut asked = match self {
            Self::TusJsClient => Command::new("node"),
            Self::Tuspy(python) => Command::new(python),
        };
        match self {
            Self::TusJsClient => asked.args(["-e", "require('tus-js-client')"]),
            Self::Tuspy(_) => asked.args(["-c", "import tusclient"]),
        };
        asked.output().is_ok_and(|out| out.status.success())
    }

    /// What uploads; the portal's authority is `ca`.
    fn program(&self, ca: &Path) -> Result<Command> {
        Ok(match self {
            Self::TusJsClient => {
                let mut node = Command::new("node");
                node.arg(own_file("tus/upload.cjs")?);
                node.env("NODE_EXTRA_CA_CERTS", ca);
                node
            }
            Self::Tuspy(python) => {
                let mut python = Command::new(python);
                python.arg(own_file("tus/upload.py")?);
                python.env("REQUESTS_CA_BUNDLE", ca);
                python
            }
        })
    }
}

/// Each of `peers` uploads a file of its own; `told` gets what it prints and what befell it.
pub fn run(peers: &[Peer], mut told: impl FnMut(&str)) -> Result<()> {
    let lab = Lab::prepare(1, 1_000)?;
    let mut round = lab.round()?;
    // the device whose token they get
    let mut client = round.client()?;
    client.until("enrolment", SOON, |client| {
        let link = client.call(&GetSession {})?.link;
        Ok(matches!(link, LinkView::Online { .. }).then_some(()))
    })?;
    round.until_sent(&mut client)?;
    client.stop()?;
    let token = tokio::runtime::Runtime::new()?.block_on(async {
        let officer = Officer::log_in(&round.portal).await?;
        officer.device_token().await
    })?;
    for (seed, peer) in (3..).zip(peers) {
        cut(&round, peer, &noise(SIZE, seed), &token, &mut told)?;
    }
    at_once(&round, &noise(SIZE, 2), &token, &mut told)
}

/// Everything in the request that creates the upload.
fn at_once(
    round: &Round<'_>,
    bytes: &[u8],
    token: &str,
    told: &mut impl FnMut(&str),
) -> Result<()> {
    round.lab.calm()?;
    let ran = Ran {
        bytes,
        token,
        with_creation: "1",
    };
    ran.upload(round, &Peer::TusJsClient, told)?;
    let asked = round.lab.link.exchanges();
    let patched = asked.iter().filter(|e| e.method == "PATCH").count();
    told(&format!("in one request: {} in all", asked.len()));
    ensure!(patched == 0, "bytes came after the creation");
    ran.arrived(round)
}

/// Over a line that loses the answer to the creation and cuts five bodies.
fn cut(
    round: &Round<'_>,
    peer: &Peer,
    bytes: &[u8],
    token: &str,
    told: &mut impl FnMut(&str),
) -> Result<()> {
    let (lab, name) = (round.lab, peer.name());
    lab.calm()?;
    lab.link.set_pace(Pace {
        bytes_per_second: 500_000,
        ..Pace::default()
    });
    let uploads = path::UPLOADS;
    let mut faults = vec![(Rule::on("POST", uploads).nth(1), Effect::LoseAnswer)];
    for (number, at) in (1..).zip(CUTS) {
        faults.push((
            Rule::on("PATCH", uploads).nth(number),
            Effect::CutRequest(at),
        ));
    }
    let struck: Vec<Fired> = faults
        .into_iter()
        .map(|(rule, effect)| lab.link.when(rule, effect))
        .collect();
    let ran = Ran {
        bytes,
        token,
        with_creation: "0",
    };
    ran.upload(round, peer, told)?;
    let times: u32 = struck.iter().map(Fired::times).sum();
    let content = lab.link.counts().content_up;
    told(&format!(
        "{name}: {times} of {} faults struck; {content} bytes of content went up for {}",
        struck.len(),
        bytes.len()
    ));
    ensure!(
        struck.iter().all(|f| f.times() == 1),
        "a fault did not strike"
    );
    ran.arrived(round)
}

/// One upload by somebody else's client.
struct Ran<'a> {
    bytes: &'a [u8],
    token: &'a str,
    with_creation: &'static str,
}

impl Ran<'_> {
    fn upload(&self, round: &Round<'_>, peer: &Peer, told: &mut impl FnMut(&str)) -> Result<()> {
        let (lab, name) = (round.lab, peer.name());
        let (file, ca) = (lab.path("tus.pdf"), lab.path("tus-ca.pem"));
        std::fs::write(&file, self.bytes)?;
        std::fs::write(&ca, lab.authority.pem())?;
        let out = peer
            .program(&ca)?
            .arg(format!("https://{}{}", lab.link.address(), path::UPLOADS))
            .arg(&file)
            .env("HOSO_TOKEN", self.token)
            .env("HOSO_WITH_CREATION", self.with_creation)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {name}"))?;
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            told(&format!("{name}: {line}"));
        }
        ensure!(out.status.success(), "{name} gave up");
        Ok(())
    }

    /// The portal has these bytes and no others.
    fn arrived(&self, round: &Round<'_>) -> Result<()> {
        let sha256 = Digest::of(self.bytes).hex();
        let folder: String = sha256.chars().take(2).collect();
        let arrived = round.data.join("blobs").join(folder).join(&sha256);
        let arrived = std::fs::read(arrived).context("the portal does not have the bytes")?;
        ensure!(arrived == self.bytes, "the portal has other bytes");
        Ok(())
    }
}
