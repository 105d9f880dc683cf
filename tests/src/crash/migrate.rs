//! The upgrade of a store of an earlier schema, killed at a random moment of it. Afterwards it is the
//! store that an upgrade in peace leaves, and the copy made before it opens as well.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use hoso_contract::command::*;
use hoso_contract::view::{ListFilter, TrailHead};
use hoso_store::schema;

use super::Phase;
use crate::headless::Client;
use crate::lab::copy;

/// The PIN of the frozen stores.
pub(crate) const FROZEN_PIN: &str = "482916";
/// The longest an upgrade of such a small store takes, in microseconds.
const LONGEST: u64 = 60_000;

/// The stores that were frozen, each with what is in it.
pub(super) struct Old {
    all: Vec<(PathBuf, Seen)>,
    environment: Vec<(OsString, OsString)>,
}

#[derive(PartialEq, Eq, Debug)]
struct Seen {
    head: TrailHead,
    titles: Vec<String>,
    /// Of a frozen store's made-up signatures there are no files.
    missing: u32,
}

impl Old {
    /// Upgrades a copy of each in peace.
    pub fn prepare(dir: &Path, environment: Vec<(OsString, OsString)>) -> Result<Self> {
        let mut all = Vec::new();
        for frozen in frozen()? {
            let home = dir
                .join("in-peace")
                .join(frozen.file_name().context("no name")?);
            copy(&frozen, &home.join("store"))?;
            let whole = see(&home, &environment)?;
            ensure!(whole.titles.len() >= 2, "{whole:?}");
            all.push((frozen, whole));
        }
        Ok(Self { all, environment })
    }

    /// Starts the upgrade of one of them below `dir` and kills it; what was lost by that.
    pub fn kill(&self, dir: &Path, random: &mut Rng) -> Result<(Phase, Vec<String>)> {
        let laid = self.lay_out(dir, random)?;
        let mut client = Client::start(&laid.home, &self.environment)?;
        let pid = rustix::process::Pid::from_raw(i32::try_from(client.pid())?);
        let pid = pid.context("no process id")?;
        let (moment, store) = (moment(random), laid.store());
        let killer = std::thread::spawn(move || {
            let end = Instant::now() + Duration::from_secs(20);
            while !has_begun(&store) && Instant::now() < end {
                std::thread::park_timeout(Duration::from_micros(200));
            }
            let end = Instant::now() + moment;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                std::thread::park_timeout(left);
            }
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        });
        let phase = match client.unlock(FROZEN_PIN) {
            Ok(_) => Phase::Starting,
            Err(_) => Phase::Migrating,
        };
        let _ = killer.join();
        client.kill();
        Ok((phase, self.losses(&laid)?))
    }

    /// One of them as the store of a home below `dir`.
    pub fn lay_out(&self, dir: &Path, random: &mut Rng) -> Result<LaidOut<'_>> {
        let (frozen, whole) = random.choice(&self.all).context("no frozen store")?;
        let home = dir.join("old");
        copy(frozen, &home.join("store"))?;
        Ok(LaidOut { home, whole })
    }

    /// What was lost by the kill; the home goes.
    pub fn losses(&self, laid: &LaidOut<'_>) -> Result<Vec<String>> {
        let LaidOut { home, whole } = laid;
        let store = laid.store();
        let mut losses = Vec::new();
        let mut hold = |what: &str, home: &Path| match see(home, &self.environment) {
            Ok(seen) if seen == **whole => {}
            Ok(seen) => losses.push(format!("{what}: {seen:?}, not {whole:?}")),
            Err(error) => losses.push(format!("{what}: {error:#}")),
        };
        hold("the store after its upgrade was killed", home);
        let kept = before_upgrade(&store);
        if kept.exists() {
            let back = home.with_file_name("old-back");
            copy(&store, &back.join("store"))?;
            for log in ["hoso.db-wal", "hoso.db-shm"] {
                let _ = std::fs::remove_file(back.join("store").join(log));
            }
            std::fs::copy(&kept, back.join("store/hoso.db"))?;
            hold("the copy before the upgrade", &back);
            std::fs::remove_dir_all(&back)?;
        } else {
            losses.push("there is no copy of the store before its upgrade".to_owned());
        }
        if unfinished(&store).exists() {
            losses.push("half a copy was left".to_owned());
        }
        std::fs::remove_dir_all(home)?;
        Ok(losses)
    }
}

/// A home with a frozen store, to be upgraded.
pub(super) struct LaidOut<'a> {
    pub home: PathBuf,
    whole: &'a Seen,
}

impl LaidOut<'_> {
    pub fn store(&self) -> PathBuf {
        self.home.join("store")
    }
}

/// From the beginning of an upgrade to its kill.
pub(super) fn moment(random: &mut Rng) -> Duration {
    Duration::from_micros(random.u64(0..LONGEST))
}

/// Whether the upgrade is under way: the copy of before is its first step.
pub(super) fn has_begun(store: &Path) -> bool {
    unfinished(store).exists() || before_upgrade(store).exists()
}

fn unfinished(store: &Path) -> PathBuf {
    store.join("hoso.db.before.new")
}

/// The frozen stores, earliest first.
pub(crate) fn frozen() -> Result<Vec<PathBuf>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/tests/fixtures");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(fixtures)? {
        all.push(entry?.path());
    }
    all.sort();
    Ok(all)
}

/// The copy made before an upgrade to the present schema.
pub(crate) fn before_upgrade(store: &Path) -> PathBuf {
    store.join(format!("hoso.db.before-{}", schema::version()))
}

fn see(home: &Path, environment: &[(OsString, OsString)]) -> Result<Seen> {
    let mut client = Client::start(home, environment)?;
    let session = client.unlock(FROZEN_PIN)?;
    ensure!(session.read_only.is_none(), "it opened to be read only");
    let report = client.call(&CheckStore {})?;
    ensure!(
        report.database == 0 && report.chain_broken_at.is_none() && report.damaged == 0,
        "the full check: {report:?}"
    );
    let head = client.call(&VerifyTrail { known: None })?;
    let page = client.call(&ListDossiers {
        filter: ListFilter::default(),
        after: None,
        limit: 100,
    })?;
    client.stop()?;
    Ok(Seen {
        head,
        titles: page.rows.into_iter().map(|r| r.title).collect(),
        missing: report.missing,
    })
}
