//! tus-js-client, a tus client that nobody of this project wrote, uploading to the portal over the
//! bad link: its lines are cut, its answers lost, and the bytes arrive.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use hoso_contract::command::GetSession;
use hoso_contract::view::LinkView;
use hoso_domain::digest::Digest;
use hoso_portal_api::path;
use hoso_testkit::link::{Effect, Fired, Pace, Rule};

use crate::lab::{Lab, SOON, noise};
use crate::officer::Officer;

/// Of the file, in bytes.
const SIZE: usize = 2_000_000;
/// Where the bodies of its first tries are cut, in bytes from the begin of each.
const CUTS: [u64; 5] = [0, 1, 70_000, 300_000, 500_000];

/// Whether node is here and finds the package (`NODE_PATH`).
pub fn at_hand() -> bool {
    let mut node = Command::new("node");
    node.args(["-e", "require('tus-js-client')"])
        .output()
        .is_ok_and(|out| out.status.success())
}

/// The script that drives it.
pub fn script() -> Result<PathBuf> {
    // asked of cargo at run time: clones may share one target folder
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let roots = [own.as_ref().and_then(|d| Some(d.parent()?.to_owned())), own];
    let here = std::env::current_dir().ok();
    let folders = roots.into_iter().flatten().chain(here);
    let mut scripts =
        folders.flat_map(|d| [d.join("tests/tus/upload.cjs"), d.join("tus/upload.cjs")]);
    let script = scripts.find(|script| script.exists());
    script.context("no tests/tus/upload.cjs: run it from the workspace's folder")
}

/// Uploads; `told` gets what the client prints and what befell it.
pub fn run(mut told: impl FnMut(&str)) -> Result<()> {
    let lab = Lab::prepare(1, 1_000)?;
    let mut round = lab.round()?;
    // the device whose token it gets
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

    lab.link.count_anew();
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
    let bytes = noise(SIZE, 3);
    let (file, ca) = (lab.path("tus.pdf"), lab.path("tus-ca.pem"));
    std::fs::write(&file, &bytes)?;
    std::fs::write(&ca, lab.authority.pem())?;
    let out = Command::new("node")
        .arg(script()?)
        .arg(format!("https://{}{uploads}", lab.link.address()))
        .arg(&file)
        .env("HOSO_TOKEN", token)
        .env("NODE_EXTRA_CA_CERTS", &ca)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start node")?;
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        told(line);
    }
    let times: u32 = struck.iter().map(Fired::times).sum();
    let content = lab.link.counts().content_up;
    told(&format!(
        "{times} of {} faults struck; {content} bytes of content went up for {SIZE}",
        struck.len()
    ));
    ensure!(out.status.success(), "tus-js-client gave up");
    ensure!(
        struck.iter().all(|f| f.times() == 1),
        "a fault did not strike"
    );
    let sha256 = Digest::of(&bytes).hex();
    let folder: String = sha256.chars().take(2).collect();
    let arrived = round.data.join("blobs").join(folder).join(&sha256);
    ensure!(arrived.is_file(), "the portal does not have the bytes");
    Ok(())
}
