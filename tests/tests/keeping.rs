//! What keeps the store, in the real window: backups, the full check, the export for an auditor, a
//! restore; who works, a PIN that was lost, a desk nobody sits at, a disk that is full, a second start.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::desk::{Desk, Running, program};
use acceptance::headless::Client;
use acceptance::lab::{Lab, PIN, copy, drafted};
use acceptance::steps::{new_dossier, open_from_list, unlock};
use acceptance::window::{Hand, PATIENCE, Window};
use fantoccini::key::Key;
use hoso_testkit::disk::SmallDisk;
use hoso_testkit::world::ACCOUNTANT;

/// A desk whose program works in the laboratory's home and whose dialogs answer by themselves.
fn desk(lab: &Lab) -> Desk {
    let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
    let world = lab.world.env().into_iter();
    let mut environment: Vec<(String, String)> = world.map(|(k, v)| (text(k), text(v))).collect();
    std::fs::create_dir_all(lab.path("answers")).unwrap();
    for (name, place) in [("HOSO_HOME", "home"), ("HOSO_DIALOG_ANSWERS", "answers")] {
        environment.push((name.to_owned(), lab.path(place).display().to_string()));
    }
    Desk::set_up(1366, 768, &lab.path("logs"), &environment).unwrap()
}

/// Opens the window, does the work and closes it; a picture and the window's words tell of a failure.
fn sitting(name: &str, lab: &Lab, work: impl AsyncFnOnce(&Desk, &Window) -> anyhow::Result<()>) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&out).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let desk = desk(lab);
        let desktop = program("hoso-desktop").unwrap();
        let window = Window::open(&desk, &desktop, Hand::Mouse).await.unwrap();
        if let Err(error) = work(&desk, &window).await {
            let _ = desk.picture(&out.join("failed.png"));
            panic!("{error:?}\n{}", window.whole_text().await);
        }
        window.close().await.unwrap();
    });
}

/// What the next dialog for a folder answers.
fn folder(lab: &Lab, name: &str) -> PathBuf {
    let folder = lab.path(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        lab.path("answers").join("folder"),
        folder.display().to_string(),
    )
    .unwrap();
    folder
}

async fn wait_that(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The page's clock goes on by so many minutes.
async fn later(window: &Window, minutes: u32) -> anyhow::Result<()> {
    const LATER: &str = "const [minutes, done] = arguments; const now = Date.now;
        Date.now = () => now() + minutes * 60000; done(true);";
    window.measure(LATER, vec![minutes.into()]).await.map(drop)
}

/// Puts the store, and nothing else, on a small disk.
fn small_disk(lab: &Lab) -> Option<SmallDisk> {
    let (store, before) = (lab.path("home").join("store"), lab.path("store-before"));
    std::fs::rename(&store, &before).unwrap();
    let disk = SmallDisk::mount(&store, "32m").unwrap()?;
    copy(&before, &store).unwrap();
    Some(disk)
}

/// Types on until the full disk refuses it: the log beside the database has room for a little more.
/// What was saved last, and what was not.
async fn type_until_refused(window: &Window, words: &str) -> anyhow::Result<(String, String)> {
    let mut kept = window.read("field-content").await?;
    for time in 1..=40 {
        let typed = format!("{words} {time}");
        window.fill("field-content", &typed).await?;
        let end = Instant::now() + PATIENCE;
        loop {
            match window.data("saved-at", "data-kept").await?.as_str() {
                "failed" => return Ok((kept, typed)),
                "saved" => break,
                _ => anyhow::ensure!(Instant::now() < end, "neither saved nor refused"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        kept = typed;
    }
    anyhow::bail!("the full disk refused nothing")
}

/// Every file below.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    paths.flat_map(below).collect()
}

#[test]
fn a_backup_is_made_checked_and_brought_back_and_a_year_is_handed_to_an_auditor() {
    let lab = Lab::prepare(1, 20_000).unwrap();
    sitting("keeping", &lab, async |_, window| {
        unlock(window, PIN).await?;
        // the age is said before anybody asks
        let overdue = window.data("status-backup", "data-overdue").await?;
        assert_eq!(overdue, "true");
        window.wait_until("status-backup", "Chưa sao lưu").await?;
        window.press("nav-settings").await?;
        window.find("backup-none").await?;
        folder(&lab, "stick");
        window.press("btn-backup-folder").await?;
        window.wait_until("backup-folder", "stick").await?;
        window.press("btn-backup").await?;
        window.wait_until("toast", "mở thử thành công").await?;
        window
            .wait_data("status-backup", "data-overdue", "false")
            .await?;
        window.wait_until("backup-last", "1 hồ sơ").await?;

        window.press("btn-check").await?;
        window.wait_for("[data-testid=check-report].good").await?;

        let exports = folder(&lab, "exports");
        const YEAR: &str = "const done = arguments[arguments.length - 1];
            done(document.querySelector('[data-testid^=btn-year-]').dataset.testid);";
        let year = window.measure(YEAR, vec![]).await?;
        window.press(year.as_str().unwrap()).await?;
        window.wait_until("toast", "exports").await?;
        let handed = files(&exports);
        let named = |name: &str| handed.iter().find(|path| path.ends_with(name));
        let index = std::fs::read_to_string(named("index.html").unwrap())?;
        assert!(index.contains("Mua văn phòng phẩm quý IV"), "{index}");
        for name in ["ho-so.asice", "chung-tu-1.pdf", "so-dang-ky.xlsx"] {
            assert!(named(name).is_some(), "{name}: {handed:?}");
        }

        // what came after the backup is not in it, and the preview says so
        new_dossier(window).await?;
        window.press("nav-settings").await?;
        folder(&lab, "stick");
        window.press("btn-restore").await?;
        window.press("restore-folder").await?;
        window.tick("backup-0").await?;
        window.wait_value("restore-dossiers", "1").await?;
        window.find("restore-behind").await?;
        window.press("restore-yes").await?;
        unlock(window, PIN).await?;
        window.press("nav-dossiers").await?;
        window.wait_until("dossier-total", "1 hồ sơ").await?;
        let set_aside = |entry: std::io::Result<std::fs::DirEntry>| {
            let name = entry.unwrap().file_name();
            name.to_string_lossy().starts_with("store.aside-")
        };
        assert!(std::fs::read_dir(lab.path("home"))?.any(set_aside));
        Ok(())
    });
}

#[test]
fn a_file_the_backup_never_had_is_told_before_anybody_restores_it() {
    let lab = Lab::prepare(1, 20_000).unwrap();
    let mut kept = files(&lab.path("home").join("store/files"));
    kept.sort();
    std::fs::remove_file(kept.first().unwrap()).unwrap();
    sitting("missing", &lab, async |_, window| {
        unlock(window, PIN).await?;
        window.press("nav-settings").await?;
        folder(&lab, "stick");
        window.press("btn-backup-folder").await?;
        window.wait_until("backup-folder", "stick").await?;
        window.press("btn-backup").await?;
        window.wait_until("toast", "mở thử thành công").await?;
        folder(&lab, "stick");
        window.press("btn-restore").await?;
        window.press("restore-folder").await?;
        window.tick("backup-0").await?;
        let told = window.wait_until("restore-missing", "Thiếu 1 tệp").await?;
        assert!(told.contains("đính kèm lại"), "{told}");
        window.press("restore-no").await
    });
}

#[test]
fn who_works_changes_in_one_click_a_lost_pin_is_replaced_and_an_idle_desk_locks() {
    const ANOTHER: &str = "Lò Văn Páo";
    const NEW_PIN: &str = "905512";
    let lab = Lab::prepare(0, 0).unwrap();
    sitting("people", &lab, async |_, window| {
        unlock(window, PIN).await?;
        window.press("nav-settings").await?;
        window.fill("person-name", ANOTHER).await?;
        window.fill("person-pin", "771204").await?;
        window.fill("person-pin-again", "771204").await?;
        window.press("btn-add-person").await?;
        window.wait_until("toast", ANOTHER).await?;
        window.press("btn-switch-person").await?;
        window.tick("person-1").await?;
        window.fill("pin", "771204").await?;
        window.press("btn-unlock").await?;
        window.wait_value("person", ANOTHER).await?;

        // the first one lost the PIN, and has the printed code
        window.press("btn-switch-person").await?;
        window.tick("person-0").await?;
        window.press("btn-recovery").await?;
        let code = lab.recovery_code()?;
        window.fill("recovery-code", &code).await?;
        window.fill("pin", NEW_PIN).await?;
        window.press("btn-unlock").await?;
        window.wait_value("person", ACCOUNTANT).await?;
        window.press("btn-lock").await?;
        window.find("screen-unlock").await?;
        window.fill("pin", PIN).await?;
        window.press("btn-unlock").await?;
        window.wait_until("pin-error", " ").await?;
        unlock(window, NEW_PIN).await?;

        // six minutes without a key, where five are allowed
        window.press("nav-settings").await?;
        window.choose_option("setting-lock", "5").await?;
        later(window, 6).await?;
        window.find("screen-unlock").await?;
        unlock(window, NEW_PIN).await
    });
}

#[test]
fn what_a_full_disk_refused_is_tried_again_and_lost_only_at_a_persons_word() {
    let lab = Lab::prepare(0, 0).unwrap();
    let mut client = Client::start(&lab.path("home"), &lab.world.env()).unwrap();
    client.unlock(PIN).unwrap();
    drafted(&mut client, "Sửa máy bơm nước", 1, &[]).unwrap();
    client.stop().unwrap();
    let Some(disk) = small_disk(&lab) else {
        return;
    };
    sitting("full-disk", &lab, async |desk, window| {
        unlock(window, PIN).await?;
        open_from_list(window, "may bom").await?;
        disk.fill()?;
        let (_, refused) = type_until_refused(window, "Sửa máy bơm nước, đợt").await?;
        window.wait_until("error-title", "Ổ đĩa đã đầy").await?;
        // another screen would take it away
        window.press("nav-today").await?;
        window.wait_until("leave-why", "Ổ đĩa đã đầy").await?;
        window.press("leave-no").await?;
        window.wait_gone("leave-why").await?;
        window.wait_value("field-content", &refused).await?;
        // so would the end of the program
        let mut close = Command::new("xdotool");
        close.env("DISPLAY", &desk.display).args(["key", "alt+F4"]);
        assert!(close.status()?.success());
        window.find("leave-why").await?;
        window.press("leave-no").await?;
        window.wait_gone("leave-why").await?;
        window.wait_value("field-content", &refused).await?;
        // a desk nobody sits at waits, and a lock that was asked for asks
        later(window, 16).await?;
        window.keys(&[Key::Shift.into()]).await?;
        window.press("btn-lock").await?;
        window.find("leave-why").await?;
        window.wait_value("field-content", &refused).await?;
        // room again: it is saved by itself, and the lock comes
        disk.free()?;
        unlock(window, PIN).await?;
        open_from_list(window, "may bom").await?;
        window.wait_value("field-content", &refused).await?;

        disk.fill()?;
        let (kept, _) = type_until_refused(window, "Sửa máy phát điện, đợt").await?;
        window.press("nav-today").await?;
        window.press("leave-yes").await?;
        window.find("screen-today").await?;
        disk.free()?;
        open_from_list(window, "sua may").await?;
        window.wait_value("field-content", &kept).await?;

        // an hour more than the lock allows, and nobody came: the desk does not stay open for ever
        disk.fill()?;
        let (kept, _) = type_until_refused(window, "Sửa máy phát điện, lần").await?;
        later(window, 80).await?;
        window.keys(&[Key::Shift.into()]).await?;
        window.wait_until("lost-unattended", "đã mất").await?;
        disk.free()?;
        unlock(window, PIN).await?;
        open_from_list(window, "sua may").await?;
        window.wait_value("field-content", &kept).await
    });
}

#[test]
fn sound_data_on_a_full_disk_is_backed_up_and_unlocked_again_and_nobody_is_told_to_restore_it() {
    let lab = Lab::prepare(0, 0).unwrap();
    let Some(disk) = small_disk(&lab) else {
        return;
    };
    sitting("full-at-unlock", &lab, async |_, window| {
        window.find("screen-unlock").await?;
        disk.fill()?;
        unlock(window, PIN).await?;
        window
            .wait_data("read-only", "data-why", "disk-full")
            .await?;
        window.wait_until("read-only", "Dọn bớt ổ đĩa").await?;
        assert!(!window.has("read-only-restore").await?);
        window.press("nav-settings").await?;
        folder(&lab, "stick");
        window.press("btn-backup-folder").await?;
        window.wait_until("backup-folder", "stick").await?;
        window.press("btn-backup").await?;
        window.wait_until("toast", "mở thử thành công").await?;
        window.wait_until("backup-last", "0 hồ sơ").await?;
        disk.free()?;
        window.press("read-only-unlock").await?;
        unlock(window, PIN).await?;
        window.wait_gone("read-only").await
    });
}

#[test]
fn a_second_start_brings_the_first_window_to_the_front_and_ends_by_itself() {
    let lab = Lab::prepare(0, 0).unwrap();
    sitting("second-start", &lab, async |desk, window| {
        window.find("screen-unlock").await?;
        // any window of the display: no other program has one
        let windows = |act: &[&str]| {
            let mut command = Command::new("xdotool");
            command.env("DISPLAY", &desk.display).stdout(Stdio::null());
            command.args(["search", "--onlyvisible", "--name", "Kho"]);
            command.args(act).status().unwrap().success()
        };
        assert!(windows(&["windowminimize"]), "there is no window");
        wait_that("the window is small", || !windows(&[])).await;
        let mut second = Command::new(program("hoso-desktop")?);
        second
            .env("HOSO_HOME", lab.path("home"))
            .env("DISPLAY", &desk.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &desk.bus)
            .env("NO_AT_BRIDGE", "1")
            .env("GTK_USE_PORTAL", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut second = Running::start(&mut second)?;
        let end = Instant::now() + Duration::from_secs(60);
        while !second.has_ended() {
            assert!(Instant::now() < end, "the second start goes on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        wait_that("the window is back", || windows(&[])).await;
        unlock(window, PIN).await
    });
}
