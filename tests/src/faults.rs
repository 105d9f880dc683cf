//! The N-th file call fails, for every N: saving, attaching, backing up and restoring under strace,
//! which makes one kind of call fail once in each thread. The act succeeds or ends in a code with
//! words; afterwards everything acknowledged is there, the backup of before is whole, the full check is
//! clean and no file was set aside: what cannot be read is not damaged. A database that cannot be read may
//! be taken for damaged while the disk is so: it is then only read, and judged anew at the next start.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use hoso_contract::AppError;
use hoso_contract::command::*;
use hoso_contract::view::RestoreKey;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{DossierId, PersonId};
use hoso_text::{Lang, failure};

use crate::crash::{in_the_clear, whole};
use crate::desk::program;
use crate::headless::Client;
use crate::lab::{Lab, PIN, copy, line, noise};

/// What is done while a call fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Act {
    Save,
    Attach,
    BackUp,
    Restore,
}

impl Act {
    const ALL: [Act; 4] = [Act::Save, Act::Attach, Act::BackUp, Act::Restore];
}

/// Calls that fail, and the error they fail with.
struct Kind {
    /// As strace takes them: what different libraries call for the same end.
    calls: &'static str,
    error: &'static str,
    on: On,
    /// Acts that cannot do without such a call; the first stands for it in a small share.
    acts: &'static [Act],
}

/// Which calls of a kind are counted and fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum On {
    /// All: a program is neither loaded with them nor answers by them.
    Anything,
    /// Those on files and folders that lay on both disks before, and where a restore lays them out.
    WhatIsThere,
    /// The same of calls that are many and alike: the later, the fewer of them are tried.
    PartsOfWhatIsThere,
    /// All, since names are made up while the program works and strace is told whole ones. What fails off
    /// both disks may end a program that is being loaded, and tells nothing.
    WhatIsNew,
}

const KINDS: [Kind; 11] = [
    Kind {
        calls: "pwrite64",
        error: "ENOSPC",
        on: On::Anything,
        acts: &[Act::Save, Act::Attach, Act::BackUp, Act::Restore],
    },
    // the program answers by it as well: on files that have their names from the first
    Kind {
        calls: "write",
        error: "ENOSPC",
        on: On::WhatIsThere,
        acts: &[Act::Restore, Act::Save, Act::Attach, Act::BackUp],
    },
    Kind {
        calls: "read",
        error: "EIO",
        on: On::PartsOfWhatIsThere,
        acts: &[Act::BackUp, Act::Save, Act::Attach, Act::Restore],
    },
    Kind {
        calls: "pread64",
        error: "EIO",
        on: On::PartsOfWhatIsThere,
        acts: &[Act::Save, Act::Attach, Act::BackUp, Act::Restore],
    },
    Kind {
        calls: "fsync,fdatasync",
        error: "EIO",
        on: On::Anything,
        acts: &[Act::Attach, Act::Save, Act::BackUp, Act::Restore],
    },
    Kind {
        calls: "rename,renameat,renameat2",
        error: "EIO",
        on: On::Anything,
        acts: &[Act::BackUp, Act::Save, Act::Attach, Act::Restore],
    },
    Kind {
        calls: "mkdir",
        error: "ENOSPC",
        on: On::Anything,
        acts: &[Act::BackUp, Act::Attach, Act::Restore],
    },
    Kind {
        calls: "ftruncate",
        error: "ENOSPC",
        on: On::Anything,
        acts: &[Act::Save],
    },
    Kind {
        calls: "openat",
        error: "EIO",
        on: On::WhatIsThere,
        acts: &[Act::Restore, Act::Save, Act::Attach, Act::BackUp],
    },
    Kind {
        calls: "openat,openat2",
        error: "ENOSPC",
        on: On::WhatIsNew,
        acts: &[Act::Attach, Act::Save, Act::BackUp, Act::Restore],
    },
    Kind {
        calls: "unlink,unlinkat",
        error: "EIO",
        on: On::Anything,
        acts: &[Act::Restore],
    },
];

impl Kind {
    /// The call to fail after the `n`-th.
    fn after(&self, n: u32) -> u32 {
        match self.on {
            On::PartsOfWhatIsThere => n + 1 + n / 8,
            _ => n + 1,
        }
    }
}

/// What a failed call struck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Struck {
    /// There is no call that late.
    Nothing,
    /// A library that is loaded, or another program.
    AnotherThing,
    OneOfTheDisks,
}

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// Every act with every kind of call.
    Whole,
    /// Every kind of call, each in one act.
    Small,
}

/// Sums over all acts and calls.
#[derive(Default, Debug)]
pub struct Tally {
    pub tries: u32,
    pub injected: u32,
    /// Tries with a failed call, by act and kind.
    by_kind: BTreeMap<(Act, &'static str), u32>,
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

/// N from 1 until nothing fails any more, `most` of them at the most.
pub fn run(share: Share, most: u32, mut told: impl FnMut(&str)) -> Result<Tally> {
    let lab = Lab::prepare(1, 40_000)?;
    let base = lab.path("faults-base");
    copy(&lab.path("home"), &base.join("home"))?;
    let begun = Begun::make(&lab, &base)?;
    let mut tally = Tally::default();
    for act in Act::ALL {
        let tried = |kind: &&Kind| share == Share::Whole || kind.acts.first() == Some(&act);
        for kind in KINDS.iter().filter(tried) {
            let calls = kind.calls;
            tally.by_kind.insert((act, calls), 0);
            let (mut n, mut done) = (1, 0);
            while done < most {
                let dir = lab.path("fault");
                copy(&base, &dir)?;
                let one = Try {
                    lab: &lab,
                    dir: &dir,
                    begun: &begun,
                };
                let struck = one
                    .run(act, kind, n, &mut tally)
                    .with_context(|| format!("{act:?}, {calls} {n}"))?;
                std::fs::remove_dir_all(&dir)?;
                n = kind.after(n);
                if struck == Struck::AnotherThing {
                    continue;
                }
                tally.tries += 1;
                if struck == Struck::Nothing {
                    break;
                }
                done += 1;
                tally.injected += 1;
                *tally.by_kind.entry((act, calls)).or_default() += 1;
            }
            told(&format!("{act:?}, {calls}: {tally}"));
        }
    }
    Ok(tally)
}

/// What is there before anything fails.
struct Begun {
    draft: DossierId,
    signed: DossierId,
    /// The first backup, below the folder of the two disks.
    backup: PathBuf,
    person: PersonId,
}

/// What the draft says before.
const CONTENT: &str = "Tiền điện tháng 10";
/// And once it was saved again.
const SAVED: &str = "Mua văn phòng phẩm quý IV";

impl Begun {
    /// A draft with its content and a first backup, made without faults.
    fn make(lab: &Lab, base: &Path) -> Result<Self> {
        let stick = base.join("stick");
        std::fs::create_dir(&stick)?;
        let mut client = Client::start(&base.join("home"), &lab.world.env())?;
        let session = client.unlock(PIN)?;
        let draft = client.call(&CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        })?;
        save(&mut client, draft, CONTENT)?.map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let folder = Some(stick.to_string_lossy().into_owned());
        let last = client.call(&BackUp { folder })?.last;
        client.stop()?;
        let place = PathBuf::from(last.context("no backup")?.place);
        Ok(Self {
            draft,
            signed: *lab.dossiers.first().context("no dossier")?,
            backup: place.strip_prefix(base)?.to_owned(),
            person: session.person.person,
        })
    }
}

/// Types `content` into the draft.
fn save(client: &mut Client, id: DossierId, content: &str) -> Result<Result<(), AppError>> {
    let mut view = match client.ask(&OpenDossier { id })? {
        Ok(view) => view,
        Err(refused) => return Ok(Err(refused)),
    };
    let voucher = view.vouchers.first_mut().context("no voucher")?;
    voucher
        .fields
        .insert("content".to_owned(), content.to_owned());
    voucher.grids.insert("lines".to_owned(), vec![line()]);
    let save = SaveDraft {
        id,
        version: view.version,
        vouchers: view.vouchers,
    };
    Ok(client.ask(&save)?.map(drop))
}

/// How strace's logs begin.
const LOG: &str = "strace.log";

struct Try<'a> {
    lab: &'a Lab,
    dir: &'a Path,
    begun: &'a Begun,
}

impl Try<'_> {
    /// The act with the `n`-th call failing, and what is left of it.
    fn run(&self, act: Act, kind: &Kind, n: u32, tally: &mut Tally) -> Result<Struck> {
        let mut client = self.start(kind, n)?;
        let done = self.act(&mut client, act);
        // waits for it: strace that is killed would leave the program running
        let _ = client.stop();
        let struck = match (kind.on, self.struck()?) {
            (On::WhatIsNew, (_, 1..)) if done.is_err() => Struck::AnotherThing,
            (On::WhatIsNew, (0, 1..)) => Struck::AnotherThing,
            (_, (0, 0)) => Struck::Nothing,
            _ => Struck::OneOfTheDisks,
        };
        if struck == Struck::AnotherThing {
            return Ok(struck);
        }
        let acknowledged = match done? {
            Ok(acknowledged) => acknowledged,
            Err(refused) => {
                tally.refused += 1;
                let words = failure(&refused, Lang::Vi);
                ensure!(!words.remedy.is_empty(), "{refused:?} has no words");
                None
            }
        };
        for loss in self.losses(act, acknowledged)? {
            let calls = kind.calls;
            tally.losses.push(format!("{act:?}, {calls} {n}: {loss}"));
        }
        Ok(struck)
    }

    fn start(&self, kind: &Kind, n: u32) -> Result<Client> {
        let Kind {
            calls, error, on, ..
        } = kind;
        // the folder the backup was made to has moved with the copy: every path is told anew
        let mut strace = Command::new("strace");
        strace
            // a log for each thread, so that every line is whole, and paths in the place of numbers
            .args(["-ff", "-y", "-qq", "-o"])
            .arg(self.dir.join(LOG))
            .arg("-e")
            .arg(format!("trace={calls}"))
            .arg("-e")
            .arg(format!("inject={calls}:error={error}:when={n}"));
        if matches!(on, On::WhatIsThere | On::PartsOfWhatIsThere) {
            for path in self.on_disk()? {
                strace.arg("-P").arg(path);
            }
        }
        strace
            .arg(program("hoso-headless")?)
            .envs(self.lab.world.env());
        Client::run(strace, &self.dir.join("home"))
    }

    /// How many calls failed on both disks, and how many elsewhere, by the logs of all threads.
    fn struck(&self) -> Result<(u32, u32)> {
        let ours = self.dir.display().to_string();
        let (mut here, mut elsewhere) = (0, 0);
        for entry in std::fs::read_dir(self.dir)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(LOG) {
                continue;
            }
            // what was written stands in it as well
            let log = std::fs::read(entry.path())?;
            let log = String::from_utf8_lossy(&log);
            for line in log.lines().filter(|line| line.ends_with("(INJECTED)")) {
                match line.contains(&ours) {
                    true => here += 1,
                    false => elsewhere += 1,
                }
            }
        }
        Ok((here, elsewhere))
    }

    /// What lies on both disks, and where a restore lays it out: strace is told whole paths.
    fn on_disk(&self) -> Result<Vec<PathBuf>> {
        let (home, stick) = (self.dir.join("home"), self.dir.join("stick"));
        let (store, restoring) = (home.join("store"), home.join("store.restoring"));
        let mut all = vec![home, store.join("hoso.db-wal"), store.join("hoso.db-shm")];
        let mut open = vec![store.clone(), stick];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => open.push(path),
                    false => all.push(path),
                }
            }
            all.push(folder);
        }
        let inside = all.iter().filter_map(|path| path.strip_prefix(&store).ok());
        let laid_out: Vec<PathBuf> = inside.map(|path| restoring.join(path)).collect();
        all.extend(laid_out);
        Ok(all)
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
            Act::Save => {
                let saved = save(client, self.begun.draft, SAVED)?;
                Ok(saved.map(|()| Some(Acknowledged::Content)))
            }
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

    fn attach(&self, client: &mut Client) -> Result<Result<Option<Acknowledged>, AppError>> {
        let file = self.dir.join("hoa-don.pdf");
        std::fs::write(&file, noise(150_000, 5))?;
        let attach = Attach {
            id: self.begun.draft,
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
    fn losses(&self, act: Act, acknowledged: Option<Acknowledged>) -> Result<Vec<String>> {
        let (home, stick) = (self.dir.join("home"), self.dir.join("stick"));
        let mut losses = in_the_clear(self.lab, &[&home, &stick], &[])?;
        losses.extend(set_aside(&home.join("store/files"))?);
        if let Err(error) = whole(&self.dir.join(&self.begun.backup), self.begun.person, PIN) {
            losses.push(format!("the first backup: {error:#}"));
        }
        let mut client = Client::start(&home, &self.lab.world.env())?;
        let session = client.unlock(PIN)?;
        if session.read_only.is_some() {
            losses.push("opened to be read only".to_owned());
        }
        let report = client.call(&CheckStore {})?;
        if !report.is_clean() {
            losses.push(format!("{report:?}"));
        }
        let begun = self.begun;
        client.call(&OpenDossier { id: begun.signed })?;
        let view = client.call(&OpenDossier { id: begun.draft })?;
        let now = view.vouchers.first().context("no voucher")?;
        let now = now.field("content");
        let allowed: &[&str] = match (act, &acknowledged) {
            (_, Some(Acknowledged::Content)) => &[SAVED],
            // refused: as it was, or as it was to be
            (Act::Save, _) => &[CONTENT, SAVED],
            _ => &[CONTENT],
        };
        if !allowed.contains(&now) {
            losses.push(format!("{now:?}, not {allowed:?}"));
        }
        match acknowledged {
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
            Some(Acknowledged::Content) | None => {}
        }
        client.stop()?;
        Ok(losses)
    }
}

/// Files of a store that were put out of the way: none of them is damaged.
fn set_aside(files: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for shelf in std::fs::read_dir(files)? {
        let shelf = shelf?.path();
        if !shelf.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(shelf)? {
            let name = file?.file_name().to_string_lossy().into_owned();
            if name.contains(".damaged-") {
                found.push(format!("{name} was set aside"));
            }
        }
    }
    Ok(found)
}

/// What the program had said is done.
enum Acknowledged {
    Content,
    File(String),
    Backup(PathBuf),
}

/// Refuses a tally with a loss, or one in which a call that an act cannot do without never failed.
pub fn judge(tally: &Tally) -> Result<()> {
    ensure!(tally.losses.is_empty(), "{}", tally.losses.join("\n"));
    for Kind { calls, acts, .. } in &KINDS {
        let failed = |act: &Act| Some((*act, *tally.by_kind.get(&(*act, *calls))?));
        let tried: Vec<(Act, u32)> = acts.iter().filter_map(failed).collect();
        ensure!(!tried.is_empty(), "{calls}: not tried");
        for (act, failed) in tried {
            ensure!(failed > 0, "{act:?}: no {calls} failed");
        }
    }
    Ok(())
}
