//! Opening without a PIN: the key lies in the key store of the system's user, a real Secret Service
//! on the desk's own bus.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::desk::{Desk, Running, program};
use acceptance::lab::{Lab, PIN};
use acceptance::steps::unlock;
use acceptance::window::{Hand, Window};

/// A key store that is unlocked, as after a login.
fn key_store(bus: &str, home: &Path) -> Running {
    std::fs::create_dir_all(home).unwrap();
    let mut unlocking = Command::new("gnome-keyring-daemon");
    unlocking
        .args(["--foreground", "--unlock", "--components=secrets"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut running = Running::start(&mut unlocking).unwrap();
    let mut password = running.take_stdin().unwrap();
    password.write_all(b"mat khau dang nhap\n").unwrap();
    drop(password);
    let end = Instant::now() + Duration::from_secs(20);
    while !answers(bus) {
        assert!(Instant::now() < end, "no key store came up");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    running
}

/// Whether somebody on the bus is the Secret Service.
fn answers(bus: &str) -> bool {
    Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"])
        .args(["/", "org.freedesktop.DBus.GetNameOwner"])
        .arg("string:org.freedesktop.secrets")
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn the_pcs_account_opens_without_a_pin_until_its_key_store_is_gone() {
    let lab = Lab::prepare(0, 0).unwrap();
    let home = lab.path("home");
    let environment = [("HOSO_HOME".to_owned(), home.display().to_string())];
    let desk = Desk::set_up(1366, 768, &lab.path("logs"), &environment).unwrap();
    let mut store = key_store(&desk.bus, &lab.path("keyring"));
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("key-store");
    std::fs::create_dir_all(&pictures).unwrap();
    let desktop = program("hoso-desktop").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let window = Window::open(&desk, &desktop, Hand::Mouse).await.unwrap();
        unlock(&window, PIN).await.unwrap();
        window.press("nav-settings").await.unwrap();
        // not without the PIN of who sits there
        window.fill("pin-for-system", "000000").await.unwrap();
        window.press("btn-system-on").await.unwrap();
        window.find("error-title").await.unwrap();
        window.press("error-close").await.unwrap();
        window.wait_gone("error-title").await.unwrap();
        window.fill("pin-for-system", PIN).await.unwrap();
        window.press("btn-system-on").await.unwrap();
        window.find("system-slot-on").await.unwrap();
        window.show("system-slot-on").await.unwrap();
        window.painted().await.unwrap();
        desk.picture(&pictures.join("switched-on.png")).unwrap();

        window.press("btn-lock").await.unwrap();
        window.find("btn-unlock-system").await.unwrap();
        window.painted().await.unwrap();
        desk.picture(&pictures.join("unlock.png")).unwrap();
        window.press("btn-unlock-system").await.unwrap();
        window.find("screen-today").await.unwrap();

        // the account is gone, or its key store is: the PIN opens as ever
        window.press("btn-lock").await.unwrap();
        store.kill();
        window.press("btn-unlock-system").await.unwrap();
        let title = window.wait_until("error-title", "khóa").await.unwrap();
        assert!(title.contains("không đưa ra khóa"), "{title}");
        window.painted().await.unwrap();
        desk.picture(&pictures.join("silent.png")).unwrap();
        unlock(&window, PIN).await.unwrap();
        window.press("nav-settings").await.unwrap();
        window.press("btn-system-off").await.unwrap();
        window.find("pin-for-system").await.unwrap();
        window.press("btn-lock").await.unwrap();
        window.find("btn-unlock").await.unwrap();
        assert!(!window.has("btn-unlock-system").await.unwrap());
        window.close().await.unwrap();
    });
    let envelope = std::fs::read_to_string(home.join("store/envelope.json")).unwrap();
    assert!(!envelope.contains("key-store"), "{envelope}");
}
