//! Power cuts: one session of the program — typing, attaching, signing, queueing, backing up, mending,
//! changing the PIN, restoring — is traced call by call, then replayed on a model of a disk that keeps
//! only what was flushed. At every call the power fails, and the disk is left with what was flushed,
//! with everything, or with some of what was not; the store is opened and held against what the
//! program had answered by then.
//!
//! The model is strict: a file's bytes are kept by its own fsync, its name by that of its folder.

mod model;
mod signing;
mod trace;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use hoso_contract::command::*;
use hoso_contract::view::{Boot, RestoreKey};
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_domain::life::LocalState;
use hoso_store::{Keys, Store, Vault, attachments, backup, check, dossiers, restore};

use crate::crash::{OTHER_PIN, in_the_clear, pin_opens};
use crate::desk::program;
use crate::headless::Client;
use crate::lab::{Lab, PIN, copy, noise, type_into};
use model::{Fate, Model};
use signing::Signing;
use trace::{CALLS, Call, read};

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

/// One session, traced.
pub struct Traced {
    lab: Lab,
    /// The disk as it was before.
    before: PathBuf,
    calls: Vec<Call>,
    session: Session,
}

impl Traced {
    pub fn take() -> Result<Self> {
        let lab = Lab::prepare(1, 40_000)?;
        let disk = lab.path("disk");
        copy(&lab.path("home"), &disk.join("home"))?;
        fs::create_dir(disk.join("stick"))?;
        let before = lab.path("before");
        copy(&disk, &before)?;
        let trace = lab.path("trace");
        let session = Session::play(&lab, &disk, &trace)?;
        let calls = read(&fs::read_to_string(&trace)?, &disk)?;
        Ok(Self {
            lab,
            before,
            calls,
            session,
        })
    }

    /// How many calls to files there were.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Cuts the power; `told` gets a line for each loss that must not be.
    pub fn replay(&self, cuts: &Cuts, mut told: impl FnMut(&str)) -> Result<Tally> {
        let mut tally = Tally {
            calls: self.calls(),
            ..Tally::default()
        };
        let mut model = Model::load(&self.before)?;
        let mut answers = 0;
        for (number, call) in self.calls.iter().enumerate() {
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
                let losses = self.session.losses(&after, answers);
                let mut losses = losses.unwrap_or_else(|error| vec![format!("{error:#}")]);
                if tally.cuts.is_multiple_of(SCANNED) {
                    losses.extend(in_the_clear(&self.lab, &[&after], &[])?);
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
        Ok(tally)
    }
}

/// Traces one session and cuts the power in it.
pub fn run(cuts: &Cuts, mut told: impl FnMut(&str)) -> Result<Tally> {
    let traced = Traced::take()?;
    told(&format!("{} calls to files", traced.calls()));
    traced.replay(cuts, told)
}

/// What was asked of the traced program, in order.
struct Session {
    keys: Keys,
    draft: DossierId,
    /// By the number of answers, the draft's content from then on.
    contents: Vec<(usize, String)>,
    signing: Signing,
    /// The number of answers with which a file and a backup were there.
    attached: usize,
    backed_up: usize,
    /// The number of answers with which the PIN was another.
    pin_changed: usize,
    /// What a PIN did to an envelope: most disks hold the same ones.
    opened: RefCell<BTreeMap<(Vec<u8>, &'static str), bool>>,
}

impl Session {
    fn play(lab: &Lab, disk: &Path, trace: &Path) -> Result<Self> {
        let home = disk.join("home");
        let file = lab.path("hoa-don.pdf");
        fs::write(&file, noise(90_000, 9))?;
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-y", "-xx", "-qq", "-s", "300000", "-o"])
            .arg(trace)
            .args(["-e", CALLS])
            .arg(program("hoso-headless")?)
            .envs(lab.world.env());
        let mut client = Client::run(strace, &home)?;
        let mut answers = 0;
        let Boot::Locked { people } = counted(&mut client, &BootUp {}, &mut answers)? else {
            bail!("not locked");
        };
        let person = people.first().context("nobody")?.person;
        let pin = Secret(PIN.to_owned());
        counted(&mut client, &Unlock { person, pin }, &mut answers)?;
        let new = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        };
        let draft = counted(&mut client, &new, &mut answers)?;
        let mut contents = vec![(answers, String::new())];
        let mut stands = vec![(answers, LocalState::Draft)];
        let mut save = |client: &mut Client, answers: &mut usize, content: &str| -> Result<()> {
            let mut view = counted(client, &OpenDossier { id: draft }, answers)?;
            let voucher = view.vouchers.first_mut().context("no voucher")?;
            type_into(voucher, content, "1500205112345");
            let save = SaveDraft {
                id: draft,
                version: view.version,
                vouchers: view.vouchers,
            };
            counted(client, &save, answers)?;
            contents.push((*answers, content.to_owned()));
            Ok(())
        };
        save(&mut client, &mut answers, "Tiền điện")?;
        // until here all lies in the log; from here on it is folded into the database
        client.read_through()?;
        answers += 1;
        save(&mut client, &mut answers, "Tiền điện tháng 10")?;
        let attach = Attach {
            id: draft,
            drawer: Drawer::Treasury,
            path: file.to_string_lossy().into_owned(),
        };
        counted(&mut client, &attach, &mut answers)?;
        let attached = answers;
        stands.extend(signing::queued(lab, &mut client, draft, &mut answers)?);
        let folder = Some(disk.join("stick").to_string_lossy().into_owned());
        let state = counted(&mut client, &BackUp { folder }, &mut answers)?;
        let backed_up = answers;
        // signed and queued stays the revision that is mended, and is so again by the restore
        counted(&mut client, &Mend { id: draft }, &mut answers)?;
        stands.push((answers, LocalState::Superseded));
        save(&mut client, &mut answers, "Tiền điện tháng 11")?;
        let change = ChangePin {
            old: Secret(PIN.to_owned()),
            new: Secret(OTHER_PIN.to_owned()),
        };
        counted(&mut client, &change, &mut answers)?;
        let pin_changed = answers;
        let restore = Restore {
            place: state.last.context("no backup")?.place,
            key: RestoreKey::Open,
        };
        counted(&mut client, &restore, &mut answers)?;
        contents.push((answers, "Tiền điện tháng 10".to_owned()));
        stands.push((answers, LocalState::Queued));
        client.stop()?;
        let mut vault = Vault::open(&home.join("store"))?;
        let keys = vault.unlock(person, OTHER_PIN, chrono::DateTime::UNIX_EPOCH)?;
        let signing = Signing::of(&Store::open(&home.join("store"), &keys)?, draft, stands)?;
        Ok(Self {
            keys,
            draft,
            contents,
            signing,
            attached,
            backed_up,
            pin_changed,
            opened: RefCell::default(),
        })
    }

    /// What is not as it was answered, on the disk left at `after`.
    fn losses(&self, after: &Path, answers: usize) -> Result<Vec<String>> {
        let mut losses = Vec::new();
        let dir = after.join("home/store");
        // what a start does first
        restore::finish(&dir)?;
        Vault::open(&dir).context("the envelope")?;
        losses.extend(self.wrong_pins(&dir, answers)?);
        let store = Store::open(&dir, &self.keys).context("the store")?;
        let report = check::full(&store, &mut |_| ControlFlow::Continue(()))?;
        let report = report.context("ended by itself")?;
        // the signed dossier's files lie there from before
        if !report.is_clean() {
            losses.push(format!("{report:?}"));
        }
        let contents = allowed(&self.contents, answers);
        if !contents.is_empty() {
            let now = store.read(|c| dossiers::current(c, self.draft))?;
            let voucher = now.revision.vouchers.first().context("no voucher")?;
            let now = voucher.field("content").to_owned();
            if !contents.contains(&&now) {
                losses.push(format!("{now:?}, not one of {contents:?}"));
            }
            losses.extend(self.signing.losses(&store, answers)?);
        }
        if answers >= self.attached {
            let files = store.read(|c| attachments::all(c, self.draft))?;
            if files.len() != 1 {
                losses.push("the attached file is gone".to_owned());
            }
        }
        let stick = after.join("stick");
        let found = backup::list(&stick)?;
        if answers >= self.backed_up && found.is_empty() {
            losses.push("the backup is gone".to_owned());
        }
        for listed in found {
            // what has its name is whole, whenever the power failed
            let mut on = |_| ControlFlow::Continue(());
            if let Err(error) = backup::verify(&listed.place, &self.keys, &mut on) {
                losses.push(format!("{}: {error}", listed.place.display()));
            }
        }
        Ok(losses)
    }

    /// Of the old and the new PIN exactly one opens; once the new one was answered the old one never does.
    fn wrong_pins(&self, dir: &Path, answers: usize) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let envelope = dir.join("envelope.json");
        let old = self.opens(&envelope, PIN)?;
        let new = self.opens(&envelope, OTHER_PIN)?;
        let right = match (answers + 1).cmp(&self.pin_changed) {
            Ordering::Less => old && !new,
            // it was under way
            Ordering::Equal => old != new,
            Ordering::Greater => new && !old,
        };
        if !right {
            wrong.push(format!("the old PIN opens: {old}, the new one: {new}"));
        }
        let copy = dir.join("envelope.json.bak");
        if answers >= self.pin_changed && copy.exists() && self.opens(&copy, PIN)? {
            wrong.push("the old PIN opens the envelope's copy".to_owned());
        }
        Ok(wrong)
    }

    fn opens(&self, envelope: &Path, pin: &'static str) -> Result<bool> {
        let key = (fs::read(envelope)?, pin);
        if let Some(known) = self.opened.borrow().get(&key) {
            return Ok(*known);
        }
        let opens = pin_opens(envelope, pin)?;
        self.opened.borrow_mut().insert(key, opens);
        Ok(opens)
    }
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
