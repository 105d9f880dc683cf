//! Tokens that come, go, hang, crash and run out of tries, in the real window: SoftHSM2 behind the module
//! with scripted faults.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use acceptance::crash::window::windows_in;
use acceptance::desk::{Desk, program};
use acceptance::headless::Client;
use acceptance::lab::{Lab, OTHER_UNIT, PIN, drafted, submitted};
use acceptance::steps::{choose_certificate, open_from_list, saved, unlock};
use acceptance::window::{Hand, PATIENCE, Window};
use anyhow::{Context, Result, ensure};
use hoso_contract::command::TryModule;
use hoso_testkit::kinds::PUK;
use hoso_testkit::processes::{family, in_memory};
use hoso_testkit::shim::{Act, Shim, fingerprint};
use hoso_testkit::world::SignerInWorld;
use hoso_testkit::{wait_for, wait_until};

/// One window at a time: two on two cores only wait for each other.
static TURN: Mutex<()> = Mutex::new(());

/// What still waits for the person whose certificate is chosen.
const REST: &str = "[data-testid=sign-item]:not(.out)";

/// What is typed into the draft.
const TYPED: &str = "Sửa máy bơm nước, đợt 2";

/// A desk whose tokens stand behind the module with scripted faults.
struct Room {
    lab: Lab,
    shim: Shim,
}

impl Room {
    /// So many dossiers wait for the chief accountant; one more is a draft.
    fn prepare(waiting: u32) -> Result<Self> {
        Self::of(Lab::prepare(0, 0)?, waiting)
    }

    fn of(lab: Lab, waiting: u32) -> Result<Self> {
        let shim = Shim::new(&lab.path("shim"), &lab.world.hsm)?;
        let mut client = Client::start(&lab.path("home"), &lab.world.env())?;
        client.unlock(PIN)?;
        let path = shim.module().display().to_string();
        client.call(&TryModule { path })?;
        for number in 0..waiting {
            submitted(&mut client, number, &[])?;
        }
        drafted(&mut client, "Sửa máy bơm nước", 99, &[])?;
        client.stop()?;
        Ok(Self { lab, shim })
    }

    /// Opens the window on it, unlocked; a failure leaves a picture below the target folder.
    fn sit(
        mut self,
        name: &str,
        work: impl AsyncFnOnce(&Window, &mut Self) -> Result<()>,
    ) -> Result<()> {
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        let world = self.lab.world.env().into_iter();
        let mut environment: Vec<_> = world.map(|(k, v)| (text(k), text(v))).collect();
        let home = self.lab.path("home").display().to_string();
        environment.push(("HOSO_HOME".to_owned(), home));
        let desk = Desk::set_up(1366, 768, &self.lab.path("logs"), &environment)?;
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tokens-{name}.png"));
        tokio::runtime::Runtime::new()?.block_on(async {
            let window = Window::open(&desk, &program("hoso-desktop")?, Hand::Mouse).await?;
            unlock(&window, PIN).await?;
            if let Err(error) = work(&window, &mut self).await {
                desk.picture(&picture)?;
                return Err(error.context(window.whole_text().await));
            }
            window.close().await
        })
    }

    /// The window's process and those of its token modules.
    fn processes(&self) -> Result<Vec<u32>> {
        let windows = windows_in(&self.lab.path("home"))?;
        ensure!(windows.len() == 1, "not one window that root sees");
        let own = |id: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{id}/comm"));
            name.is_ok_and(|name| name.starts_with("hoso-"))
        };
        let all = windows.into_iter().flat_map(family);
        Ok(all.filter(own).collect())
    }

    /// The PINs that were sent to sign, by fingerprint.
    fn sent(&self) -> Vec<String> {
        let calls = self.shim.logins().into_iter();
        calls.map(|call| call.pins.concat()).collect()
    }
}

fn at_work(name: &str, waiting: u32, work: impl AsyncFnOnce(&Window, &mut Room) -> Result<()>) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    Room::prepare(waiting).unwrap().sit(name, work).unwrap();
}

/// Chooses another unit at the top of the window, which names it.
async fn switch_to(window: &Window, code: &str, name: &str) -> Result<()> {
    window.press("unit").await?;
    window.press(&format!("unit-{code}")).await?;
    let said = format!("Đang làm việc cho {name}");
    window.wait_until("toast", &said).await?;
    window.wait_until("unit-name", name).await.map(drop)
}

/// Looks at all that waits and signs what is this person's, with one PIN.
async fn sign_all(window: &Window, person: &SignerInWorld, pin: &str) -> Result<()> {
    choose_certificate(window, person).await?;
    window.click_each(".sign-look").await?;
    window.fill("pin", pin).await?;
    window.press("sign-now").await
}

async fn open_draft(window: &Window) -> Result<()> {
    open_from_list(window, "may bom").await
}

async fn type_into_draft(window: &Window) -> Result<()> {
    open_draft(window).await?;
    window.fill("field-content", TYPED).await?;
    saved(window).await.map(drop)
}

#[test]
fn a_token_pulled_out_or_put_in_stands_in_the_status_bar() {
    at_work("pulled", 0, async |window, room| {
        let (chief, owner) = (&room.lab.world.chief, &room.lab.world.owner);
        window.wait_until("status-token", "hết hạn").await?;
        room.shim.pull(&owner.token.label)?;
        window.wait_until("status-token", chief.name).await?;
        for _ in 0..3 {
            room.shim.pull(&chief.token.label)?;
            window.wait_until("status-token", "Chưa cắm token").await?;
            room.shim.insert(&chief.token.label)?;
            window.wait_until("status-token", chief.name).await?;
        }
        Ok(())
    });
}

#[test]
fn while_a_module_never_answers_the_window_does_and_what_is_typed_meanwhile_is_kept() {
    at_work("hang", 3, async |window, room| {
        let chief = room.lab.world.chief.clone();
        room.shim.rule("C_Sign", 2, Act::Hang)?;
        sign_all(window, &chief, chief.pin).await?;
        wait_until("the second signature", PATIENCE, || {
            let calls = room.shim.calls();
            calls.iter().filter(|c| c.name == "C_Sign").count() == 2
        })?;
        type_into_draft(window).await?;
        // back at the list the batch still runs, and can be stopped
        window.press("nav-sign").await?;
        window.press("btn-stop-signing").await?;
        window.wait_gone("btn-stop-signing").await?;
        window.wait_data("error", "data-code", "token-hung").await?;
        room.shim.heal()?;
        // the first was signed, no other
        choose_certificate(window, &chief).await?;
        window.wait_count(REST, 2, PATIENCE).await?;
        sign_all(window, &chief, chief.pin).await?;
        window.wait_count(REST, 0, PATIENCE).await?;
        let typed = fingerprint(chief.pin.as_bytes());
        assert_eq!(room.sent(), [typed.clone(), typed], "once for each typing");
        open_draft(window).await?;
        window.wait_value("field-content", TYPED).await
    });
}

#[test]
fn what_nobody_looked_at_is_not_signed_and_pages_are_looked_at_while_a_batch_runs() {
    at_work("look", 3, async |window, room| {
        let chief = room.lab.world.chief.clone();
        choose_certificate(window, &chief).await?;
        window.wait_until("sign-seen", "đã xem 1/3").await?;
        window.tick("sign-all").await?;
        window.fill("pin", chief.pin).await?;
        window
            .wait_until("sign-why-not", "Còn 2 hồ sơ đã chọn nhưng chưa xem")
            .await?;
        assert_eq!(window.count("[data-testid=sign-now]:disabled").await?, 1);
        assert_eq!(room.sent(), Vec::<String>::new());
        window.click_each(".sign-look").await?;
        window.wait_until("sign-seen", "đã xem 3/3").await?;
        room.shim.rule("C_Sign", 1, Act::Wait)?;
        window.press("sign-now").await?;
        wait_until("the first signature", PATIENCE, || room.shim.is_waiting())?;
        window
            .click_each(".sign-item:first-child .sign-look")
            .await?;
        window.wait_for(".sign-item.on:first-child").await?;
        window.find("page-image-0").await?;
        assert!(window.has("btn-stop-signing").await?);
        room.shim.open_gate()?;
        window.wait_count(REST, 0, PATIENCE).await
    });
}

#[test]
fn a_unit_that_changed_is_named_at_the_batch_and_signed_for_only_once_it_was_confirmed() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let room = Room::of(Lab::of_two_units().unwrap(), 1).unwrap();
    let done = room.sit("units", async |window, room| {
        let (chief, own) = (room.lab.world.chief.clone(), room.lab.world.unit.clone());
        switch_to(window, OTHER_UNIT.0, OTHER_UNIT.1).await?;
        switch_to(window, &own.code, &own.name).await?;
        choose_certificate(window, &chief).await?;
        window.wait_until("unit-changed", &own.name).await?;
        window.fill("pin", chief.pin).await?;
        let why = format!("Xác nhận ký cho {}", own.name);
        window.wait_until("sign-why-not", &why).await?;
        assert_eq!(window.count("[data-testid=sign-now]:disabled").await?, 1);
        assert_eq!(room.sent(), Vec::<String>::new());
        window.tick("knows-unit").await?;
        window.wait_gone("unit-changed").await?;
        window.press("sign-now").await?;
        window.wait_count(REST, 0, PATIENCE).await
    });
    done.unwrap();
}

#[test]
fn a_module_that_crashes_is_told_of_costs_no_draft_and_signs_at_the_next_try() {
    at_work("crash", 1, async |window, room| {
        let chief = room.lab.world.chief.clone();
        type_into_draft(window).await?;
        room.shim.rule("C_Sign", 0, Act::Crash)?;
        sign_all(window, &chief, chief.pin).await?;
        window
            .wait_data("error", "data-code", "token-host-lost")
            .await?;
        room.shim.heal()?;
        sign_all(window, &chief, chief.pin).await?;
        window.wait_count(REST, 0, PATIENCE).await?;
        open_draft(window).await?;
        window.wait_value("field-content", TYPED).await
    });
}

#[test]
fn the_last_try_is_warned_of_and_not_spent_before_a_person_said_to_know_it() {
    at_work("last-try", 1, async |window, room| {
        let chief = room.lab.world.chief.clone();
        room.shim.script(|s| s.tries = Some(1))?;
        choose_certificate(window, &chief).await?;
        window
            .wait_data("token-warning", "data-warning", "final-try")
            .await?;
        window.fill("pin", chief.pin).await?;
        // all else is fulfilled by then
        window.wait_until("sign-why-not", "lần thử cuối").await?;
        assert_eq!(window.count("[data-testid=sign-now]:disabled").await?, 1);
        assert_eq!(room.sent(), Vec::<String>::new());
        window.tick("knows-last-try").await?;
        window.press("sign-now").await?;
        window.wait_count(REST, 0, PATIENCE).await?;
        assert_eq!(room.sent(), [fingerprint(chief.pin.as_bytes())]);
        Ok(())
    });
}

#[test]
fn a_token_is_tried_out_and_its_pin_changed_and_set_anew_by_the_puk_in_the_settings() {
    const CHANGED: &str = "97531864";
    const ANEW: &str = "86421975";
    at_work("settings", 0, async |window, room| {
        let (chief, owner) = (&room.lab.world.chief, &room.lab.world.owner);
        let try_out = async |pin: &str| -> Result<()> {
            window.fill("test-pin", pin).await?;
            window.press("btn-test-token").await?;
            window.wait_data("test-result", "data-passed", "true").await
        };
        window.press("nav-settings").await?;
        let row = format!("[data-testid=certificate][data-holder=\"{}\"]", chief.name);
        window.choose("[data-testid=certificate]", &row).await?;
        try_out(chief.pin).await?;
        window
            .click_each("[data-testid=token-settings] summary")
            .await?;
        // another token that goes meanwhile does not disturb who types
        let (begun, rest) = chief.pin.split_at(3);
        window.go_to("old-pin").await?;
        window.write(begun).await?;
        room.shim.pull(&owner.token.label)?;
        window
            .wait_count("[data-testid=token]", 1, PATIENCE)
            .await?;
        window.write(rest).await?;
        window.wait_value("old-pin", chief.pin).await?;
        window.fill("new-pin", CHANGED).await?;
        window.fill("new-pin-again", CHANGED).await?;
        window.press("btn-change-pin").await?;
        window.wait_until("toast", "Đã đổi mã PIN").await?;
        try_out(CHANGED).await?;
        window.fill("puk", PUK).await?;
        window.fill("puk-new-pin", ANEW).await?;
        window.fill("puk-new-pin-again", ANEW).await?;
        window.press("btn-unlock-token").await?;
        window.wait_until("toast", "Đã mở khóa").await?;
        try_out(ANEW).await?;
        let typed = [chief.pin, CHANGED, PUK, ANEW].map(|pin| fingerprint(pin.as_bytes()));
        assert_eq!(room.sent(), typed);
        Ok(())
    });
}

#[test]
fn neither_the_window_nor_its_token_process_leaves_a_core() {
    at_work("core", 0, async |_, room| {
        let both = wait_for("a token process", PATIENCE, || {
            let found = room.processes().ok()?;
            (found.len() == 2).then_some(found)
        })?;
        for process in both {
            // the helper closes its core first thing
            wait_until("no core", Duration::from_secs(10), || {
                let limits = std::fs::read_to_string(format!("/proc/{process}/limits"));
                let limits = limits.unwrap_or_default();
                let core = limits
                    .lines()
                    .find_map(|l| l.strip_prefix("Max core file size"));
                core.is_some_and(|l| l.split_whitespace().take(2).eq(["0", "0"]))
            })?;
        }
        Ok(())
    });
}

#[test]
fn after_a_batch_and_after_the_lock_no_pin_is_in_the_memory_of_the_window_or_its_token_process() {
    // a number that stands nowhere else
    let pin = format!("{:012}", uuid::Uuid::now_v7().as_u128() % 1_000_000_000_000);
    at_work("memory", 2, async |window, room| {
        let chief = room.lab.world.chief.clone();
        window.press("nav-settings").await?;
        let row = format!("[data-testid=certificate][data-holder=\"{}\"]", chief.name);
        window.choose("[data-testid=certificate]", &row).await?;
        window
            .click_each("[data-testid=change-pin] > summary")
            .await?;
        window.fill("old-pin", chief.pin).await?;
        window.fill("new-pin", &pin).await?;
        window.fill("new-pin-again", &pin).await?;
        window.press("btn-change-pin").await?;
        window.wait_until("toast", "Đã đổi mã PIN").await?;
        sign_all(window, &chief, &pin).await?;
        window.wait_count(REST, 0, PATIENCE).await?;
        let hex: String = pin.bytes().map(|b| format!("{b:02x}")).collect();
        let module = room.shim.module().as_os_str().as_encoded_bytes();
        let patterns = [pin.as_bytes(), hex.as_bytes(), module];
        for moment in ["signed", "locked"] {
            if moment == "locked" {
                window.press("btn-lock").await?;
                window.find("screen-unlock").await?;
            }
            let mut found = Vec::new();
            for process in room.processes()? {
                found.extend(in_memory(process, &patterns).context("memory needs root")?);
            }
            let pins: Vec<_> = found
                .iter()
                .filter(|f| !f.starts_with("pattern 2 "))
                .collect();
            assert_eq!(pins, Vec::<&String>::new(), "{moment}");
            // the search can find
            assert!(moment == "locked" || found.len() > pins.len());
        }
        Ok(())
    });
}
