//! Power cuts: two sessions of the program — a day's work, and the upgrade of a store of an earlier
//! schema — are traced call by call, then replayed on a model of a disk that keeps only what was
//! flushed. At every call the power fails, and the disk is left with what was flushed, with
//! everything, or with some of what was not; the store is opened and held against what the program
//! had answered by then.
//!
//! The model is strict: a file's bytes are kept by its own fsync, its name by that of its folder.

mod day;
mod model;
mod signing;
mod trace;
mod upgrade;

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use hoso_contract::command::*;
use hoso_contract::view::Boot;
use hoso_domain::id::PersonId;

use crate::crash::{frozen, in_the_clear};
use crate::desk::program;
use crate::headless::Client;
use crate::lab::{Lab, copy};
use day::Day;
use model::{Fate, Model};
use trace::{CALLS, Call, read};
use upgrade::Upgrade;

/// Whether a flush counts: without it losses must show, or the replay proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flushes {
    Kept,
    Ignored,
}

/// Where the power is cut, and on which disk.
#[derive(Clone, Debug)]
pub struct Cuts {
    /// At every so many calls.
    pub stride: usize,
    /// At no call before this one.
    pub from: usize,
    /// At no call after this one.
    pub until: usize,
    pub flushes: Flushes,
    /// Gets the disk of the first complaint, as the power left it.
    pub keep: Option<PathBuf>,
}

impl Cuts {
    /// At every `stride`-th call.
    pub fn every(stride: usize, flushes: Flushes) -> Self {
        Self {
            stride,
            from: 0,
            until: usize::MAX,
            flushes,
            keep: None,
        }
    }

    fn wants(&self, call: usize) -> bool {
        call.is_multiple_of(self.stride) && (self.from..=self.until).contains(&call)
    }
}

/// Sums over all cuts.
#[derive(Default, Debug)]
pub struct Tally {
    pub calls: usize,
    pub cuts: usize,
    pub losses: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "calls {}; power cuts {}; losses {}",
            self.calls,
            self.cuts,
            self.losses.len()
        )
    }
}

/// At every so many cuts the disk is looked through for what must not be readable on it.
const SCANNED: usize = 10;

/// What a session was answered, and whether a disk holds it.
trait Session {
    /// What is not as it was answered, on the disk left at `after`.
    fn losses(&self, after: &Path, answers: usize) -> Result<Vec<String>>;

    /// Codes it was told, to be readable on no disk.
    fn codes(&self) -> &[String];
}

/// One session, traced.
struct Recording {
    /// The disk as it was before.
    before: PathBuf,
    /// The number of its first call, counted through all sessions.
    first: usize,
    calls: Vec<Call>,
    session: Box<dyn Session>,
}

impl Recording {
    /// Plays a session on the disk that is laid out in `dir`.
    fn take<S: Session + 'static>(
        dir: &Path,
        first: usize,
        play: impl FnOnce(&Path, &Path) -> Result<S>,
    ) -> Result<Self> {
        let (disk, trace) = (dir.join("disk"), dir.join("trace"));
        let before = dir.join("before");
        copy(&disk, &before)?;
        let session = Box::new(play(&disk, &trace)?);
        let calls = read(&fs::read_to_string(&trace)?, &disk)?;
        Ok(Self {
            before,
            first,
            calls,
            session,
        })
    }
}

/// The sessions, traced one after the other.
pub struct Traced {
    lab: Lab,
    day: Recording,
    upgrade: Recording,
}

impl Traced {
    pub fn take() -> Result<Self> {
        let lab = Lab::prepare(1, 40_000)?;
        let dir = lab.path("day");
        copy(&lab.path("home"), &dir.join("disk/home"))?;
        fs::create_dir(dir.join("disk/stick"))?;
        let day = Recording::take(&dir, 0, |disk, trace| Day::play(&lab, disk, trace))?;
        let dir = lab.path("upgrade");
        // the earliest has most to be upgraded
        let earliest = frozen()?.into_iter().next().context("no frozen store")?;
        copy(&earliest, &dir.join("disk/home/store"))?;
        let upgrade = Recording::take(&dir, day.calls.len(), |disk, trace| {
            Upgrade::play(&lab, disk, trace)
        })?;
        Ok(Self { lab, day, upgrade })
    }

    /// How many calls to files there were.
    pub fn calls(&self) -> usize {
        self.upgrade().end
    }

    /// Which of them the upgrade made.
    pub fn upgrade(&self) -> Range<usize> {
        let first = self.upgrade.first;
        first..first + self.upgrade.calls.len()
    }

    /// Cuts the power; `told` gets a line for each loss that must not be.
    pub fn replay(&self, cuts: &Cuts, mut told: impl FnMut(&str)) -> Result<Tally> {
        let mut tally = Tally {
            calls: self.calls(),
            ..Tally::default()
        };
        for recording in [&self.day, &self.upgrade] {
            self.cut(recording, cuts, &mut tally, &mut told)?;
        }
        Ok(tally)
    }

    fn cut(
        &self,
        recording: &Recording,
        cuts: &Cuts,
        tally: &mut Tally,
        told: &mut impl FnMut(&str),
    ) -> Result<()> {
        let session = &recording.session;
        let mut model = Model::load(&recording.before)?;
        let mut answers = 0;
        for (number, call) in (recording.first..).zip(&recording.calls) {
            match call {
                Call::Answer => answers += 1,
                Call::Sync(_) if cuts.flushes == Flushes::Ignored => {}
                call => model.apply(call),
            }
            if !cuts.wants(number) {
                continue;
            }
            // of the call alone: whatever other cuts there are, this one leaves the same
            let random = Rng::with_seed(u64::try_from(number)?);
            for fate in [Fate::Flushed, Fate::Everything, Fate::Some] {
                let after = self.lab.path("after");
                model.leave(&after, fate, &mut random.clone())?;
                let losses = session.losses(&after, answers);
                let mut losses = losses.unwrap_or_else(|error| vec![format!("{error:#}")]);
                if tally.cuts.is_multiple_of(SCANNED) {
                    losses.extend(in_the_clear(&self.lab, &[&after], session.codes())?);
                }
                if let Some(keep) = &cuts.keep
                    && tally.losses.is_empty()
                    && !losses.is_empty()
                {
                    // opening the store has changed the disk: it is left once more
                    let place = keep.join(format!("call-{number}-{fate:?}"));
                    model.leave(&place, fate, &mut random.clone())?;
                    told(&format!("the disk is kept in {}", place.display()));
                }
                for loss in losses {
                    let loss = format!("call {number}, {fate:?}: {loss}");
                    if cuts.flushes == Flushes::Kept {
                        told(&loss);
                    }
                    tally.losses.push(loss);
                }
                tally.cuts += 1;
                fs::remove_dir_all(&after)?;
            }
            if number % (cuts.stride * 100) == 0 {
                told(&tally.to_string());
            }
        }
        Ok(())
    }
}

/// Traces the sessions and cuts the power in them.
pub fn run(cuts: &Cuts, mut told: impl FnMut(&str)) -> Result<Tally> {
    let traced = Traced::take()?;
    let upgrade = traced.upgrade().start;
    told(&format!(
        "{} calls to files, from {upgrade} on those of the upgrade",
        traced.calls()
    ));
    traced.replay(cuts, told)
}

/// The program under strace, whose log goes to `trace`.
fn strace(lab: &Lab, trace: &Path) -> Result<Command> {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-xx", "-qq", "-s", "300000", "-o"])
        .arg(trace)
        .args(["-e", CALLS])
        .arg(program("hoso-headless")?)
        .envs(lab.world.env());
    Ok(strace)
}

/// Opens the store by its first person's PIN.
fn unlocked(client: &mut Client, pin: &str, answers: &mut usize) -> Result<PersonId> {
    let Boot::Locked { people } = counted(client, &BootUp {}, answers)? else {
        bail!("not locked");
    };
    let person = people.first().context("nobody")?.person;
    let pin = Secret(pin.to_owned());
    counted(client, &Unlock { person, pin }, answers)?;
    Ok(person)
}

/// What may be found with so many answers: what was answered last, and what was under way when the
/// power failed. Nothing before the first answer.
fn allowed<T>(told: &[(usize, T)], answers: usize) -> Vec<&T> {
    let Some((_, last)) = told.iter().rfind(|(n, _)| *n <= answers) else {
        return Vec::new();
    };
    let under_way = told.iter().find(|(n, _)| *n == answers + 1);
    let under_way = under_way.map(|(_, next)| next);
    [last].into_iter().chain(under_way).collect()
}

fn counted<C: hoso_contract::Command>(
    client: &mut Client,
    request: &C,
    answers: &mut usize,
) -> Result<C::Reply> {
    let reply = client.call(request)?;
    *answers += 1;
    Ok(reply)
}

/// Refuses a tally with a loss, or, with flushes ignored, one without.
pub fn judge(tally: &Tally, flushes: Flushes) -> Result<()> {
    match flushes {
        Flushes::Kept => ensure!(tally.losses.is_empty(), "{}", tally.losses.join("\n")),
        Flushes::Ignored => ensure!(
            !tally.losses.is_empty(),
            "without flushes nothing was lost: the replay proves nothing"
        ),
    }
    ensure!(tally.cuts > 0, "the power never failed");
    Ok(())
}
