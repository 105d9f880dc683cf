//! The window killed as the headless program is: at a random moment of typing, attaching, signing,
//! queueing, holding back and backing up by mouse and keys, and of upgrading a store of an earlier
//! schema. What it showed as kept must be there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use hoso_domain::id::DossierId;
use hoso_domain::party::Role;
use hoso_testkit::wait::wait_until;

use super::known::{Known, Typing};
use super::migrate::{self, FROZEN_PIN, Old};
use super::{Phase, Tally};
use crate::desk::{Desk, program};
use crate::journey::submit;
use crate::lab::{Lab, PIN, copy, noise};
use crate::steps::{new_dossier, saved, sign, type_lines, unlock};
use crate::window::{Hand, PATIENCE, Window};

/// One person's day in the window takes about that long, in milliseconds.
const LONGEST: u64 = 40_000;

/// `rounds` rounds, each with a kill of the window at work and one while it upgrades, on homes of their
/// own.
pub fn run(rounds: u32, seed: u64, mut told: impl FnMut(&str)) -> Result<Tally> {
    let mut tally = Tally::default();
    if rounds == 0 {
        return Ok(tally);
    }
    let lab = Lab::prepare(1, 40_000)?;
    let old = Old::prepare(&lab.path("old"), lab.world.env())?;
    let runtime = tokio::runtime::Runtime::new()?;
    for number in 0..rounds {
        let seed = seed.wrapping_add(u64::from(number));
        let began = Instant::now();
        let dir = lab.path(&format!("window-{number}"));
        copy(&lab.path("home"), &dir.join("home"))?;
        let mut day = Day {
            lab: &lab,
            dir: dir.clone(),
            known: Known::of(&lab),
            phase: Phase::Starting,
        };
        let mut random = Rng::with_seed(seed);
        let losses = day
            .until_killed(&runtime, &mut random)
            .with_context(|| format!("seed {seed}"))?;
        let upgrade = day
            .killed_upgrading(&runtime, &old, &mut random)
            .with_context(|| format!("seed {seed}"))?;
        for (phase, losses) in [(day.phase, losses), upgrade] {
            let losses = losses.into_iter();
            tally
                .losses
                .extend(losses.map(|l| format!("seed {seed}: while {phase:?}: {l}")));
            *tally.kills.entry(phase).or_default() += 1;
        }
        tally.acts += day.known.acts;
        tally.windows += 1;
        std::fs::remove_dir_all(&dir)?;
        told(&format!(
            "in the window, seed {seed}: {:.1} s; {tally}",
            began.elapsed().as_secs_f32()
        ));
    }
    Ok(tally)
}

struct Day<'a> {
    lab: &'a Lab,
    dir: PathBuf,
    known: Known,
    phase: Phase,
}

impl Day<'_> {
    fn until_killed(
        &mut self,
        runtime: &tokio::runtime::Runtime,
        random: &mut Rng,
    ) -> Result<Vec<String>> {
        let home = self.dir.join("home");
        let desk = self.desk(&home)?;
        let moment = Duration::from_millis(random.u64(0..LONGEST));
        runtime.block_on(async {
            let window = Window::open(&desk, &program("hoso-desktop")?, Hand::Mouse).await?;
            tokio::select! {
                // the work has no end but the kill
                end = self.work(&window, random) => Err(end),
                () = tokio::time::sleep(moment) => {
                    ensure!(kill_all_in(&home)? > 0, "there was no window to kill");
                    Ok(())
                }
            }
        })?;
        drop(desk);
        let mut losses = Vec::new();
        self.known
            .look_again(&home, &self.lab.world.env(), &mut losses)?;
        let stick = self.dir.join("stick");
        losses.extend(super::in_the_clear(self.lab, &[&home, &stick], &[])?);
        Ok(losses)
    }

    /// A store of an earlier schema is unlocked, and the window killed at a random moment of the upgrade.
    fn killed_upgrading(
        &self,
        runtime: &tokio::runtime::Runtime,
        old: &Old,
        random: &mut Rng,
    ) -> Result<(Phase, Vec<String>)> {
        let laid = old.lay_out(&self.dir, random)?;
        let desk = self.desk(&laid.home)?;
        let (moment, store) = (migrate::moment(random), laid.store());
        let phase = runtime.block_on(async {
            let window = Window::open(&desk, &program("hoso-desktop")?, Hand::Mouse).await?;
            // looked for before: an upgrade is over in less time than that takes
            let windows = windows_in(&laid.home)?;
            ensure!(!windows.is_empty(), "there was no window to kill");
            let due = async {
                while !migrate::has_begun(&store) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                tokio::time::sleep(moment).await;
            };
            let phase = tokio::select! {
                // the first screen came before the kill
                done = unlock(&window, FROZEN_PIN) => done.map(|()| Phase::Starting)?,
                () = due => Phase::Migrating,
            };
            kill_all(&windows)?;
            anyhow::Ok(phase)
        })?;
        drop(desk);
        Ok((phase, old.losses(&laid)?))
    }

    /// A desk whose program works in `home` and whose file dialogs answer by themselves.
    fn desk(&self, home: &Path) -> Result<Desk> {
        let answers = self.dir.join("answers");
        let stick = self.dir.join("stick");
        let file = self.dir.join("hoa-don.pdf");
        std::fs::create_dir_all(&answers)?;
        std::fs::create_dir_all(&stick)?;
        std::fs::write(&file, noise(200_000, 5))?;
        std::fs::write(answers.join("attachment"), file.display().to_string())?;
        std::fs::write(answers.join("folder"), stick.display().to_string())?;
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        let world = self.lab.world.env().into_iter();
        let mut environment: Vec<(String, String)> =
            world.map(|(k, v)| (text(k), text(v))).collect();
        for (name, place) in [("HOSO_HOME", home), ("HOSO_DIALOG_ANSWERS", &answers)] {
            environment.push((name.to_owned(), place.display().to_string()));
        }
        Desk::set_up(1366, 768, &self.dir.join("logs"), &environment)
    }

    /// Works on and on; ends by the error of a window that is gone.
    async fn work(&mut self, window: &Window, random: &mut Rng) -> anyhow::Error {
        let mut working = async || -> Result<()> {
            self.phase = Phase::Starting;
            unlock(window, PIN).await?;
            for number in 0u32.. {
                self.phase = Phase::Typing;
                let id = new_dossier(window).await?;
                self.known.dossiers.entry(id).or_default();
                for _ in 0..random.u32(1..4) {
                    self.type_content(window, id, random).await?;
                }
                self.attach(window, id).await?;
                self.fill_the_rest(window).await?;
                self.sign(window, id).await?;
                self.hold(window, id, random).await?;
                self.back_up(window, number).await?;
            }
            Ok(())
        };
        match working().await {
            Err(error) => error,
            Ok(()) => anyhow::anyhow!("the day ended by itself"),
        }
    }

    fn told(&mut self, id: DossierId) -> &mut super::known::Told {
        self.known.dossiers.entry(id).or_default()
    }

    async fn type_content(
        &mut self,
        window: &Window,
        id: DossierId,
        random: &mut Rng,
    ) -> Result<()> {
        self.phase = Phase::Typing;
        let content = format!("Mua văn phòng phẩm đợt {}", random.u32(..));
        self.told(id).maybe = Some(Typing::Begun(content.clone()));
        window.fill("field-content", &content).await?;
        saved(window).await?;
        let told = self.told(id);
        told.content = content;
        told.maybe = None;
        self.known.acts += 1;
        Ok(())
    }

    async fn attach(&mut self, window: &Window, id: DossierId) -> Result<()> {
        self.phase = Phase::Attaching;
        let name = "hoa-don.pdf".to_owned();
        self.told(id).maybe_file = Some(name.clone());
        window.press("drawer-treasury-add").await?;
        window.find("drawer-treasury-file").await?;
        let told = self.told(id);
        told.maybe_file = None;
        told.files.push(name);
        self.known.acts += 1;
        Ok(())
    }

    /// What a voucher needs beside its content to be submitted.
    async fn fill_the_rest(&mut self, window: &Window) -> Result<()> {
        self.phase = Phase::Typing;
        let line = [
            ("content", "Giấy in A4"),
            ("economic_content", "6551"),
            ("sector", "341"),
            ("source", "13"),
            ("amount", "1250000"),
        ];
        type_lines(window, &[&line]).await?;
        let fields = [
            ("field-payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
            ("field-payee_tax_code", "0100047516"),
            ("field-payee_account", "1500205112345"),
            ("field-payee_bank", "Agribank chi nhánh Điện Biên"),
        ];
        for (testid, text) in fields {
            window.fill(testid, text).await?;
        }
        saved(window).await?;
        self.known.acts += 1;
        Ok(())
    }

    async fn sign(&mut self, window: &Window, id: DossierId) -> Result<()> {
        self.phase = Phase::Submitting;
        submit(window).await?;
        self.told(id).step = 1;
        self.known.acts += 1;
        self.phase = Phase::Signing;
        sign(window, self.lab.world.signer(Role::ChiefAccountant)).await?;
        self.told(id).step = 2;
        self.known.acts += 1;
        self.phase = Phase::Queueing;
        sign(window, self.lab.world.signer(Role::AccountOwner)).await?;
        window.press("nav-outbox").await?;
        window.wait_for(&outbox_row(id)).await?;
        self.told(id).step = 3;
        self.known.acts += 1;
        Ok(())
    }

    /// Giữ lại in the dossier's own row of Chờ gửi, and now and then Bỏ giữ.
    async fn hold(&mut self, window: &Window, id: DossierId, random: &mut Rng) -> Result<()> {
        const ACTS: [(&str, &str, bool); 2] = [
            ("row-hold", "row-release", true),
            ("row-release", "row-hold", false),
        ];
        self.phase = Phase::Queueing;
        for (pressed, next, held) in ACTS.into_iter().take(random.usize(1..=2)) {
            let button = |testid: &str| format!("{} [data-testid={testid}]", outbox_row(id));
            window.wait_for(&button(pressed)).await?;
            self.told(id).maybe_held = Some(held);
            // in one step in the page: each try of the link draws the row anew under a pointer
            window.click_each(&button(pressed)).await?;
            window.wait_for(&button(next)).await?;
            let told = self.told(id);
            told.held = held;
            told.maybe_held = None;
            self.known.acts += 1;
        }
        Ok(())
    }

    async fn back_up(&mut self, window: &Window, number: u32) -> Result<()> {
        self.phase = Phase::BackingUp;
        window.press("nav-settings").await?;
        if number == 0 {
            window.press("btn-backup-folder").await?;
        }
        let there = self.backups()?.len();
        window.press("btn-backup").await?;
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        // its folder has its name only when it is whole
        while self.backups()?.len() <= there {
            ensure!(tokio::time::Instant::now() < end, "no backup was made");
            window.has("screen-settings").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.known.backups = self.backups()?;
        self.known.acts += 1;
        Ok(())
    }

    fn backups(&self) -> Result<Vec<PathBuf>> {
        let found = hoso_store::backup::list(
            &self.dir.join("stick"),
            chrono::DateTime::<chrono::Utc>::MAX_UTC,
        )?;
        Ok(found.into_iter().rev().map(|l| l.place).collect())
    }
}

fn outbox_row(id: DossierId) -> String {
    format!("[data-testid=outbox-row][data-dossier=\"{id}\"]")
}

/// The windows that work in `home`. Needs root: the program closes its environment to others.
pub fn windows_in(home: &Path) -> Result<Vec<u32>> {
    let wanted = format!("HOSO_HOME={}", home.display());
    let mut found = Vec::new();
    for process in std::fs::read_dir("/proc")?.flatten() {
        let id = process.file_name().to_str().and_then(|n| n.parse().ok());
        let Some(id) = id else {
            continue;
        };
        let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let ours = environment
            .split(|byte| *byte == 0)
            .any(|line| line == wanted.as_bytes());
        if ours && name.starts_with("hoso-desktop") {
            found.push(id);
        }
    }
    Ok(found)
}

/// Every window that works in `home` ends at once, as when the PC is switched off at the wall.
pub fn kill_all_in(home: &Path) -> Result<usize> {
    let windows = windows_in(home)?;
    kill_all(&windows)?;
    Ok(windows.len())
}

fn kill_all(windows: &[u32]) -> Result<()> {
    for id in windows {
        let id = rustix::process::Pid::from_raw(i32::try_from(*id)?).context("no process")?;
        rustix::process::kill_process(id, rustix::process::Signal::KILL)?;
    }
    // its lock on the store goes with the last of its threads
    wait_until("the end of the window", PATIENCE, || {
        windows.iter().all(|id| has_ended(*id))
    })
}

/// Whether nothing is left of a process, or only what its parent has not asked for yet.
fn has_ended(process: u32) -> bool {
    let place = PathBuf::from(format!("/proc/{process}"));
    let Ok(status) = std::fs::read_to_string(place.join("status")) else {
        return true;
    };
    let waits = status.lines().any(|line| line.starts_with("State:\tZ"));
    let threads = std::fs::read_dir(place.join("task")).map_or(0, Iterator::count);
    waits && threads <= 1
}

/// Ends the process that draws the page of the window with this process id; whether there was one that
/// listens to the window. One that does not yet would take the whole program with it.
pub fn kill_page_of(window: u32) -> Result<bool> {
    let text = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    for process in std::fs::read_dir("/proc")?.flatten() {
        let status = text(process.path().join("status"));
        let field = |name: &str| {
            let mut lines = status.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        // the kernel keeps fifteen letters of a name
        let page = field("Name:") == Some("WebKitWebProces")
            && field("PPid:") == Some(window.to_string().as_str())
            && field("State:").is_some_and(|state| !state.starts_with('Z'));
        if !page {
            continue;
        }
        let threads = std::fs::read_dir(process.path().join("task"));
        let mut threads = threads.into_iter().flatten().flatten();
        let listens = threads.any(|t| text(t.path().join("comm")).trim() == "ReceiveQueue");
        let id = field("Pid:").and_then(|id| id.parse().ok());
        let id = id.and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id.filter(|_| listens) {
            rustix::process::kill_process(id, rustix::process::Signal::KILL)?;
            return Ok(true);
        }
    }
    Ok(false)
}
