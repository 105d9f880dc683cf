//! The N-th file call fails, for every N: saving, attaching, backing up and restoring under strace,
//! which makes one kind of call fail once in each thread. The act succeeds or ends in a code with
//! words; afterwards everything acknowledged is there and the full check is clean.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use hoso_contract::AppError;
use hoso_contract::command::*;
use hoso_contract::view::RestoreKey;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_text::{Lang, failure};

use crate::desk::program;
use crate::headless::Client;
use crate::lab::{Lab, PIN, copy, line, noise};

/// What is done while a call fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Save,
    Attach,
    BackUp,
    Restore,
}

/// Calls and the errors they fail with. Not `write`, which the program answers by as well, nor
/// `pread64`, with which it is loaded.
const CALLS: [(&str, &str); 6] = [
    ("pwrite64", "ENOSPC"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("rename", "EIO"),
    ("mkdir", "ENOSPC"),
    ("ftruncate", "ENOSPC"),
];

/// Sums over all acts and calls.
#[derive(Default, Debug)]
pub struct Tally {
    pub tries: u32,
    pub injected: u32,
    /// Acts that ended in a message.
    pub refused: u32,
    pub losses: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tries {}; with a failed call {}; ended in a message {}; losses {}",
            self.tries,
            self.injected,
            self.refused,
            self.losses.len()
        )
    }
}

/// Every act, every call, N from 1 until nothing fails any more, `most` at the most.
pub fn run(most: u32, mut told: impl FnMut(&str)) -> Result<Tally> {
    let lab = Lab::prepare(1, 40_000)?;
    let id = *lab.dossiers.first().context("no dossier")?;
    let base = lab.path("faults-base");
    copy(&lab.path("home"), &base.join("home"))?;
    let draft = begin(&lab, &base)?;
    let mut tally = Tally::default();
    for act in [Act::Save, Act::Attach, Act::BackUp, Act::Restore] {
        for (call, error) in CALLS {
            for n in 1..=most {
                let dir = lab.path("fault");
                copy(&base, &dir)?;
                let one = Try {
                    lab: &lab,
                    dir: &dir,
                    draft,
                    signed: id,
                };
                let injected = one
                    .run(act, call, error, n, &mut tally)
                    .with_context(|| format!("{act:?}, {call} {n}"))?;
                std::fs::remove_dir_all(&dir)?;
                tally.tries += 1;
                if !injected {
                    break;
                }
                tally.injected += 1;
            }
            told(&format!("{act:?}, {call}: {tally}"));
        }
    }
    Ok(tally)
}

/// A draft and a first backup, made without faults.
fn begin(lab: &Lab, base: &Path) -> Result<DossierId> {
    std::fs::create_dir(base.join("stick"))?;
    let mut client = Client::start(&base.join("home"), &lab.world.env())?;
    client.unlock(PIN)?;
    let draft = client.call(&CreateDossier {
        basis: "nd347-2025".to_owned(),
        form: "13".to_owned(),
    })?;
    client.stop()?;
    Ok(draft)
}

struct Try<'a> {
    lab: &'a Lab,
    dir: &'a Path,
    draft: DossierId,
    signed: DossierId,
}

impl Try<'_> {
    /// Whether a call failed at all.
    fn run(&self, act: Act, call: &str, error: &str, n: u32, tally: &mut Tally) -> Result<bool> {
        let log = self.dir.join("strace.log");
        let mut client = self.start(&log, call, error, n)?;
        let done = self.act(&mut client, act)?;
        // waits for it: strace that is killed would leave the program running
        let _ = client.stop();
        let injected = std::fs::read_to_string(&log)?.contains("(INJECTED)");
        let acknowledged = match done {
            Ok(acknowledged) => acknowledged,
            Err(refused) => {
                tally.refused += 1;
                let words = failure(&refused, Lang::Vi);
                ensure!(!words.remedy.is_empty(), "{refused:?} has no words");
                None
            }
        };
        for loss in self.losses(acknowledged)? {
            tally.losses.push(format!("{act:?}, {call} {n}: {loss}"));
        }
        Ok(injected)
    }

    fn start(&self, log: &Path, call: &str, error: &str, n: u32) -> Result<Client> {
        // the folder the backup was made to has moved with the copy: every path is told anew
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-o"])
            .arg(log)
            .arg("-e")
            .arg(format!("trace={call}"))
            .arg("-e")
            .arg(format!("inject={call}:error={error}:when={n}"))
            .arg(program("hoso-headless")?)
            .envs(self.lab.world.env());
        Client::run(strace, &self.dir.join("home"))
    }

    /// What was acknowledged, or the refusal; the outer error is a program that ended.
    fn act(&self, client: &mut Client, act: Act) -> Result<Result<Option<Acknowledged>, AppError>> {
        let unlocked = (|| -> Result<_> {
            use hoso_contract::view::Boot;
            let boot = match client.ask(&BootUp {})? {
                Ok(Boot::Locked { people }) => people,
                Ok(Boot::Unusable { error, .. }) => return Ok(Err(error)),
                Ok(other) => bail!("{other:?}"),
                Err(error) => return Ok(Err(error)),
            };
            let person = boot.first().context("nobody")?.person;
            let pin = Secret(PIN.to_owned());
            client.ask(&Unlock { person, pin })
        })()?;
        if let Err(refused) = unlocked {
            return Ok(Err(refused));
        }
        match act {
            Act::Save => self.save(client),
            Act::Attach => self.attach(client),
            Act::BackUp => Ok(self.back_up(client)?.map(|p| Some(Acknowledged::Backup(p)))),
            Act::Restore => {
                let place = match self.back_up(client)? {
                    Ok(place) => place,
                    Err(refused) => return Ok(Err(refused)),
                };
                let restore = Restore {
                    place: place.to_string_lossy().into_owned(),
                    key: RestoreKey::Open,
                };
                Ok(client.ask(&restore)?.map(|_| None))
            }
        }
    }

    fn save(&self, client: &mut Client) -> Result<Result<Option<Acknowledged>, AppError>> {
        let mut view = match client.ask(&OpenDossier { id: self.draft })? {
            Ok(view) => view,
            Err(refused) => return Ok(Err(refused)),
        };
        let voucher = view.vouchers.first_mut().context("no voucher")?;
        let content = "Mua văn phòng phẩm quý IV".to_owned();
        voucher.fields.insert("content".to_owned(), content.clone());
        voucher.grids.insert("lines".to_owned(), vec![line()]);
        let save = SaveDraft {
            id: self.draft,
            version: view.version,
            vouchers: view.vouchers,
        };
        let saved = client.ask(&save)?;
        Ok(saved.map(|_| Some(Acknowledged::Content(content))))
    }

    fn attach(&self, client: &mut Client) -> Result<Result<Option<Acknowledged>, AppError>> {
        let file = self.dir.join("hoa-don.pdf");
        std::fs::write(&file, noise(150_000, 5))?;
        let attach = Attach {
            id: self.draft,
            drawer: Drawer::Treasury,
            path: file.to_string_lossy().into_owned(),
        };
        let attached = client.ask(&attach)?;
        Ok(attached.map(|a| Some(Acknowledged::File(a.name))))
    }

    fn back_up(&self, client: &mut Client) -> Result<Result<PathBuf, AppError>> {
        let folder = Some(self.dir.join("stick").to_string_lossy().into_owned());
        let state = match client.ask(&BackUp { folder })? {
            Ok(state) => state,
            Err(refused) => return Ok(Err(refused)),
        };
        Ok(Ok(PathBuf::from(state.last.context("no backup")?.place)))
    }

    /// A start without faults: what is not as it was acknowledged.
    fn losses(&self, acknowledged: Option<Acknowledged>) -> Result<Vec<String>> {
        let mut losses = Vec::new();
        let mut client = Client::start(&self.dir.join("home"), &self.lab.world.env())?;
        let session = client.unlock(PIN)?;
        if session.read_only {
            losses.push("opened to be read only".to_owned());
        }
        let report = client.call(&CheckStore {})?;
        if !report.is_clean() {
            losses.push(format!("{report:?}"));
        }
        client.call(&OpenDossier { id: self.signed })?;
        let view = client.call(&OpenDossier { id: self.draft })?;
        match acknowledged {
            Some(Acknowledged::Content(content)) => {
                let now = view.vouchers.first().map(|v| v.field("content").to_owned());
                if now.as_ref() != Some(&content) {
                    losses.push(format!("{now:?}, not {content}"));
                }
            }
            Some(Acknowledged::File(name)) => {
                let there = view.attachments.iter().any(|a| a.name == name);
                losses.extend((!there).then(|| format!("{name} is gone")));
            }
            Some(Acknowledged::Backup(place)) => {
                let shown = client.call(&PreviewRestore {
                    place: place.to_string_lossy().into_owned(),
                    key: RestoreKey::Open,
                })?;
                if shown.dossiers != 2 {
                    losses.push(format!("a backup with {} dossiers", shown.dossiers));
                }
            }
            None => {}
        }
        client.stop()?;
        Ok(losses)
    }
}

/// What the program had said is done.
enum Acknowledged {
    Content(String),
    File(String),
    Backup(PathBuf),
}

/// Refuses a tally with a loss, or one in which no call ever failed.
pub fn judge(tally: &Tally) -> Result<()> {
    ensure!(tally.losses.is_empty(), "{}", tally.losses.join("\n"));
    ensure!(tally.injected > 0, "no call failed");
    Ok(())
}
