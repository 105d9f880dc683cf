//! Crash rounds: the headless program is killed (SIGKILL) at random moments of typing, attaching,
//! signing, queueing, upgrading, backing up, restoring and replacing PIN or code, and started again.
//! What it had acknowledged must be there, what it was at must be there whole or not at all, the trail
//! unbroken, every backup it had reported still whole. [`window`] does the same to the window.

mod known;
mod migrate;
mod slots;
pub mod window;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use hoso_contract::command::*;
use hoso_contract::view::{Boot, RestoreKey};
use hoso_contract::{AppError, Code};
use hoso_domain::dossier::Drawer;
use hoso_domain::id::DossierId;
use hoso_domain::party::Role;
use hoso_testkit::world::World;
pub(crate) use known::whole;
use known::{Known, Told, Typing};
use migrate::Old;
pub(crate) use migrate::{FROZEN_PIN, before_upgrade, frozen};
pub(crate) use slots::{OTHER_PIN, code_opens, pin_opens};

use crate::canary;
use crate::headless::Client;
use crate::lab::{ATTACHED, Lab, PIN, copy, line, noise};

/// Kills in one round, on the same store.
const KILLS: u32 = 4;
/// The longest wait before a kill, in milliseconds; most acts take less.
const LONGEST: u64 = 900;

/// What the program was at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    Starting,
    Migrating,
    Typing,
    Attaching,
    Submitting,
    Signing,
    /// The last signature, which hands over to the outbox, and holding back what waits there.
    Queueing,
    BackingUp,
    Restoring,
    /// Another PIN or another recovery code.
    Rekeying,
}

impl Phase {
    const ALL: [Phase; 10] = [
        Phase::Starting,
        Phase::Migrating,
        Phase::Typing,
        Phase::Attaching,
        Phase::Submitting,
        Phase::Signing,
        Phase::Queueing,
        Phase::BackingUp,
        Phase::Restoring,
        Phase::Rekeying,
    ];
}

/// From so many headless rounds on, chance leaves no phase out.
const MANY: u32 = 100;

/// Sums over all rounds.
#[derive(Default, Debug)]
pub struct Tally {
    pub rounds: u32,
    /// Rounds in the window.
    pub windows: u32,
    pub kills: BTreeMap<Phase, u32>,
    /// Acknowledged acts that were looked at again after a kill.
    pub acts: u64,
    pub losses: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills: Vec<String> = self
            .kills
            .iter()
            .map(|(p, n)| format!("{p:?} {n}"))
            .collect();
        write!(
            f,
            "rounds {} headless, {} in the window; kills: {}; acknowledged acts {}; losses {}",
            self.rounds,
            self.windows,
            kills.join(", "),
            self.acts,
            self.losses.len()
        )
    }
}

impl Tally {
    /// Both, as one.
    pub fn and(mut self, other: Tally) -> Tally {
        self.rounds += other.rounds;
        self.windows += other.windows;
        for (phase, kills) in other.kills {
            *self.kills.entry(phase).or_default() += kills;
        }
        self.acts += other.acts;
        self.losses.extend(other.losses);
        self
    }
}

/// Refuses a tally with a loss, one in which nothing was ever killed, or many rounds that left a phase
/// out.
pub fn judge(tally: &Tally) -> Result<()> {
    ensure!(tally.losses.is_empty(), "{}", tally.losses.join("\n"));
    ensure!(!tally.kills.is_empty(), "nothing was killed");
    if tally.rounds >= MANY {
        for phase in Phase::ALL {
            ensure!(tally.kills.contains_key(&phase), "never killed: {phase:?}");
        }
    }
    Ok(())
}

/// `rounds` rounds; round `n` has the seed `seed + n`. `told` gets a line after each.
pub fn run(rounds: u32, seed: u64, mut told: impl FnMut(&str)) -> Result<Tally> {
    let mut tally = Tally::default();
    if rounds == 0 {
        return Ok(tally);
    }
    let lab = Lab::prepare(1, 40_000)?;
    let old = Old::prepare(&lab.path("old"), lab.world.env())?;
    for number in 0..rounds {
        let seed = seed.wrapping_add(u64::from(number));
        let began = Instant::now();
        let dir = lab.path(&format!("crash-{number}"));
        copy(&lab.path("home"), &dir.join("home"))?;
        std::fs::create_dir(dir.join("stick"))?;
        let mut round = Round {
            world: &lab.world,
            random: Rng::with_seed(seed),
            known: Known::of(&lab),
            dir: dir.clone(),
        };
        round
            .play(&mut tally)
            .map_err(|error| error.context(format!("seed {seed}")))?;
        let (phase, losses) = old.kill(&dir, &mut round.random)?;
        *tally.kills.entry(phase).or_default() += 1;
        let codes = round.known.slots.codes();
        let clear = in_the_clear(&lab, &[&dir.join("home"), &dir.join("stick")], &codes)?;
        let losses = losses.into_iter().chain(clear);
        tally
            .losses
            .extend(losses.map(|l| format!("while {phase:?}: {l}")));
        for loss in &mut tally.losses {
            if !loss.starts_with("seed") {
                *loss = format!("seed {seed}: {loss}");
            }
        }
        tally.rounds += 1;
        std::fs::remove_dir_all(&dir)?;
        told(&format!(
            "seed {seed}: {:.1} s; {tally}",
            began.elapsed().as_secs_f32()
        ));
    }
    Ok(tally)
}

/// What the accountant typed and attached, and what opens the store and the tokens, `codes` as well,
/// found readable on these disks.
pub(crate) fn in_the_clear(lab: &Lab, disks: &[&Path], codes: &[String]) -> Result<Vec<String>> {
    const TYPED: [&str; 7] = [
        "Mua văn phòng phẩm",
        "Tiền điện tháng 1",
        "Công ty Văn phòng phẩm Nậm Lay",
        "1500205112345",
        ATTACHED,
        "hoa-don",
        "quyet-dinh",
    ];
    let mut codes = codes.to_vec();
    codes.push(lab.recovery_code()?);
    let run_on: Vec<String> = codes.iter().map(|c| c.replace(['-', ' '], "")).collect();
    // as a log or a file of settings would write them: digits alone stand in any digest
    let pins = [PIN, OTHER_PIN, lab.world.chief.pin, lab.world.owner.pin];
    let pins = pins.map(|pin| format!("\"{pin}\""));
    let mut wanted = Vec::from(TYPED);
    wanted.extend(pins.iter().map(String::as_str));
    wanted.extend(codes.iter().chain(&run_on).map(String::as_str));
    let hits = canary::scan(disks, &wanted, &|_| false)?;
    let hits = hits.into_iter().filter(|hit| !hit.is_webkits_own());
    Ok(hits.map(|hit| format!("{hit:?}")).collect())
}

struct Round<'a> {
    world: &'a World,
    random: Rng,
    known: Known,
    dir: PathBuf,
}

/// An act that was cut off by the kill; the phase it was in.
struct Cut(Phase);

impl Round<'_> {
    fn play(&mut self, tally: &mut Tally) -> Result<()> {
        for _ in 0..KILLS {
            let mut client = Client::start(&self.dir.join("home"), &self.world.env())?;
            let phase = self.until_killed(&mut client)?;
            *tally.kills.entry(phase).or_default() += 1;
            client.kill();
            let before = tally.losses.len();
            self.known
                .look_again(&self.dir.join("home"), &self.world.env(), &mut tally.losses)
                .with_context(|| format!("after a kill while {phase:?}"))?;
            for loss in tally.losses.iter_mut().skip(before) {
                *loss = format!("while {phase:?}: {loss}");
            }
        }
        tally.acts += self.known.acts;
        Ok(())
    }

    /// Works until somebody kills the program from outside.
    fn until_killed(&mut self, client: &mut Client) -> Result<Phase> {
        let moment = Duration::from_millis(self.random.u64(0..LONGEST));
        let (at_work, ready) = channel::<()>();
        let pid = i32::try_from(client.pid())?;
        let pid = rustix::process::Pid::from_raw(pid).context("no process id")?;
        let killer = std::thread::spawn(move || {
            // a start that takes long is killed in the start now and then
            let _ = ready.recv_timeout(Duration::from_millis(1_200));
            let end = Instant::now() + moment;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                std::thread::park_timeout(left);
            }
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        });
        let cut = self.work(client, || {
            let _ = at_work.send(());
        });
        killer.join().ok();
        let Err(Cut(phase)) = cut? else {
            return Ok(Phase::Starting);
        };
        Ok(phase)
    }

    /// The outer error is a defect; the inner one the kill.
    fn work(&mut self, client: &mut Client, ready: impl FnOnce()) -> Result<Result<(), Cut>> {
        if client.unlock(self.known.slots.pin()).is_err() {
            return Ok(Err(Cut(Phase::Starting)));
        }
        ready();
        loop {
            // a kill finds each by how long it takes: what stretches a PIN is seldom asked for
            let cut = match self.random.u8(0..30) {
                0..=11 => self.type_on(client)?,
                12..=16 => self.attach(client)?,
                17..=22 => self.take_on(client)?,
                23..=26 => self.back_up(client)?,
                27 => self.restore(client)?,
                28 => self.change_pin(client)?,
                _ => self.replace_code(client)?,
            };
            if let Err(cut) = cut {
                return Ok(Err(cut));
            }
        }
    }

    /// A reply, a refusal the caller looks at, or the kill.
    fn ask<C: Command>(
        &mut self,
        client: &mut Client,
        phase: Phase,
        request: &C,
    ) -> Result<Result<C::Reply, AppError>, Cut> {
        let answer = client.ask(request).map_err(|_| Cut(phase))?;
        if answer.is_ok() {
            self.known.acts += 1;
        }
        Ok(answer)
    }

    /// A draft to go on with, often a new one.
    fn draft(&mut self, client: &mut Client) -> Result<Result<DossierId, Cut>> {
        let drafts: Vec<DossierId> = self.at_step(0);
        if drafts.len() > 3 || (!drafts.is_empty() && self.random.bool()) {
            let one = self.random.choice(drafts);
            return Ok(Ok(one.context("a draft")?));
        }
        let new = CreateDossier {
            basis: "nd347-2025".to_owned(),
            form: "13".to_owned(),
        };
        Ok(match self.ask(client, Phase::Typing, &new) {
            Err(cut) => Err(cut),
            Ok(id) => {
                let id = id.map_err(refused)?;
                self.known.dossiers.insert(id, Told::default());
                Ok(id)
            }
        })
    }

    fn at_step(&self, step: u8) -> Vec<DossierId> {
        let all = self.known.dossiers.iter();
        all.filter(|(_, t)| t.step == step)
            .map(|(id, _)| *id)
            .collect()
    }

    fn type_on(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let id = match self.draft(client)? {
            Ok(id) => id,
            Err(cut) => return Ok(Err(cut)),
        };
        let mut view = match self.ask(client, Phase::Typing, &OpenDossier { id }) {
            Ok(view) => view.map_err(refused)?,
            Err(cut) => return Ok(Err(cut)),
        };
        for _ in 0..self.random.u32(1..4) {
            let content = format!("Mua văn phòng phẩm đợt {}", self.random.u32(..));
            let voucher = view.vouchers.first_mut().context("no voucher")?;
            for (field, value) in [
                ("content", content.as_str()),
                ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
                ("payee_tax_code", "0100047516"),
                ("payee_account", "1500205112345"),
                ("payee_bank", "Agribank Điện Biên"),
            ] {
                voucher.fields.insert(field.to_owned(), value.to_owned());
            }
            voucher.grids.insert("lines".to_owned(), vec![line()]);
            let save = SaveDraft {
                id,
                version: view.version,
                vouchers: view.vouchers.clone(),
            };
            let told = self.known.dossiers.entry(id).or_default();
            told.maybe = Some(Typing::Whole(content.clone()));
            match self.ask(client, Phase::Typing, &save) {
                Err(cut) => return Ok(Err(cut)),
                Ok(saved) => view.version = saved.map_err(refused)?.version,
            }
            let told = self.known.dossiers.entry(id).or_default();
            told.content = content;
            told.maybe = None;
        }
        Ok(Ok(()))
    }

    fn attach(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let id = match self.draft(client)? {
            Ok(id) => id,
            Err(cut) => return Ok(Err(cut)),
        };
        let name = format!("hoa-don-{}.pdf", self.random.u32(..));
        let file = self.dir.join(&name);
        let size = self.random.usize(1_000..400_000);
        std::fs::write(&file, noise(size, self.random.u64(..)))?;
        self.known.dossiers.entry(id).or_default().maybe_file = Some(name.clone());
        let attach = Attach {
            id,
            drawer: Drawer::Treasury,
            path: file.to_string_lossy().into_owned(),
        };
        match self.ask(client, Phase::Attaching, &attach) {
            Err(cut) => return Ok(Err(cut)),
            Ok(done) => done.map_err(refused)?,
        };
        let told = self.known.dossiers.entry(id).or_default();
        told.maybe_file = None;
        told.files.push(name);
        Ok(Ok(()))
    }

    /// Takes some dossier one step on: trình ký, first signature, second signature and queue; what
    /// waits there is held back, and released.
    fn take_on(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let ready = |(id, told): (&DossierId, &Told)| {
            let ready = !told.content.is_empty();
            ready.then_some((*id, told.step))
        };
        let ready: Vec<_> = self.known.dossiers.iter().filter_map(ready).collect();
        let Some((id, step)) = self.random.choice(ready) else {
            return Ok(Ok(()));
        };
        if step >= 3 {
            return self.hold_or_release(client, id);
        }
        let done = if step == 0 {
            let view = match self.ask(client, Phase::Submitting, &OpenDossier { id }) {
                Ok(view) => view.map_err(refused)?,
                Err(cut) => return Ok(Err(cut)),
            };
            let submit = SubmitForSigning {
                id,
                version: view.version,
            };
            match self.ask(client, Phase::Submitting, &submit) {
                Err(cut) => return Ok(Err(cut)),
                Ok(done) => done.map_err(refused)?,
            }
            true
        } else {
            let (role, phase) = match step {
                1 => (Role::ChiefAccountant, Phase::Signing),
                _ => (Role::AccountOwner, Phase::Queueing),
            };
            let signer = self.world.signer(role);
            let sign = Sign {
                items: vec![id],
                certificate: signer.certificate(),
                pin: Secret(signer.pin.to_owned()),
            };
            match self.ask(client, phase, &sign) {
                Err(cut) => return Ok(Err(cut)),
                Ok(report) => {
                    let report = report.map_err(refused)?;
                    report.stopped.is_none() && report.items.iter().all(|i| i.error.is_none())
                }
            }
        };
        if done && let Some(told) = self.known.dossiers.get_mut(&id) {
            told.step = step + 1;
        }
        Ok(Ok(()))
    }

    fn hold_or_release(&mut self, client: &mut Client, id: DossierId) -> Result<Result<(), Cut>> {
        let told = self.known.dossiers.entry(id).or_default();
        let next = !told.held;
        told.maybe_held = Some(next);
        let answer = match next {
            true => self.ask(client, Phase::Queueing, &Hold { id }),
            false => self.ask(client, Phase::Queueing, &Release { id }),
        };
        let held = match answer {
            Err(cut) => return Ok(Err(cut)),
            Ok(Ok(())) => next,
            // the courier had it in its hands
            Ok(Err(error)) if error.code == Code::WrongState => !next,
            Ok(Err(error)) => return Err(refused(error)),
        };
        let told = self.known.dossiers.entry(id).or_default();
        told.held = held;
        told.maybe_held = None;
        Ok(Ok(()))
    }

    fn back_up(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let folder = Some(self.stick().to_string_lossy().into_owned());
        match self.ask(client, Phase::BackingUp, &BackUp { folder }) {
            Err(cut) => return Ok(Err(cut)),
            Ok(state) => {
                let last = state.map_err(refused)?.last.context("no backup")?;
                self.known.backups.push(PathBuf::from(last.place));
                self.known.backup_pin = self.known.slots.pin();
            }
        }
        match self.ask(client, Phase::BackingUp, &VerifyTrail { known: None }) {
            Err(cut) => return Ok(Err(cut)),
            Ok(head) => self.known.head = Some(head.map_err(refused)?),
        }
        Ok(Ok(()))
    }

    /// A fresh backup over the store: nothing may be lost by it.
    fn restore(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        if let Err(cut) = self.back_up(client)? {
            return Ok(Err(cut));
        }
        let place = self.known.backups.last().context("no backup")?;
        let restore = Restore {
            place: place.to_string_lossy().into_owned(),
            key: RestoreKey::Open,
        };
        // the row "backup-made" is younger than the backup it tells of
        self.known.head = None;
        match self.ask(client, Phase::Restoring, &restore) {
            Err(cut) => return Ok(Err(cut)),
            Ok(boot) => {
                let Boot::Locked { .. } = boot.map_err(refused)?.boot else {
                    anyhow::bail!("a restore ends locked");
                };
            }
        }
        Ok(client
            .unlock(self.known.slots.pin())
            .map(drop)
            .map_err(|_| Cut(Phase::Restoring)))
    }

    fn change_pin(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let slots = &mut self.known.slots;
        slots.begin_pin();
        let change = ChangePin {
            old: Secret(slots.pin().to_owned()),
            new: Secret(slots.closed_pin().to_owned()),
        };
        match self.ask(client, Phase::Rekeying, &change) {
            Err(cut) => return Ok(Err(cut)),
            Ok(done) => done.map_err(refused)?,
        }
        self.known.slots.pin_changed();
        Ok(Ok(()))
    }

    fn replace_code(&mut self, client: &mut Client) -> Result<Result<(), Cut>> {
        let slots = &mut self.known.slots;
        slots.begin_code();
        let pin = Secret(slots.pin().to_owned());
        let code = match self.ask(client, Phase::Rekeying, &NewRecovery { pin }) {
            Err(cut) => return Ok(Err(cut)),
            Ok(new) => new.map_err(refused)?.code,
        };
        self.known.slots.code_told(code.clone());
        // now and then it is left at that
        if self.random.u8(0..4) == 0 {
            return Ok(Ok(()));
        }
        self.known.slots.begin_confirming();
        let code = Secret(code);
        match self.ask(client, Phase::Rekeying, &ConfirmNewRecovery { code }) {
            Err(cut) => return Ok(Err(cut)),
            Ok(done) => done.map_err(refused)?,
        }
        self.known.slots.code_confirmed();
        Ok(Ok(()))
    }

    fn stick(&self) -> PathBuf {
        self.dir.join("stick")
    }
}

fn refused(error: AppError) -> anyhow::Error {
    anyhow::anyhow!("refused: {error:?}")
}
