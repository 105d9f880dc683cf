//! `cargo xtask demo`: a training portal, two soft tokens and the real window, to work in by hand.

use std::io::Write as _;
use std::process::Command;

use anyhow::{Context, Result, bail};
use hoso_testkit::world::World;

use crate::desk::program;
use crate::portal::{OFFICER, PortalProcess};

/// Opens the practice office; ends when the window is closed.
pub async fn run() -> Result<()> {
    if cfg!(target_os = "linux")
        && std::env::var_os("DISPLAY").is_none()
        && std::env::var_os("WAYLAND_DISPLAY").is_none()
    {
        bail!("no display here; use `cargo xtask demo --headless --out DIR`");
    }
    let dir = tempfile::tempdir()?;
    let world = World::new(&dir.path().join("world"))?;
    let mut portal = PortalProcess::prepare(
        &dir.path().join("portal"),
        std::slice::from_ref(&world.unit),
        &world.ca,
    )?;
    portal.up()?;
    let bytes = std::fs::read(&portal.connection)?;
    let mut out = std::io::stdout();
    writeln!(out, "\nPractice office — nothing here moves money.\n")?;
    writeln!(out, "  connection file  {}", portal.connection.display())?;
    let print = hoso_portal_api::connection::fingerprint(&bytes);
    writeln!(out, "  its fingerprint  {print}")?;
    for person in [&world.chief, &world.owner] {
        writeln!(
            out,
            "  {} ({}): PIN of the token {}",
            person.name, person.title, person.pin
        )?;
    }
    writeln!(
        out,
        "  officer's console {}/  {} / {}",
        portal.url(),
        OFFICER.0,
        OFFICER.1
    )?;
    writeln!(
        out,
        "\nIn the window choose the connection file, then work as at your desk.\n"
    )?;
    let status = Command::new(program("hoso-desktop")?)
        .env("HOSO_HOME", dir.path().join("home"))
        .envs(world.env())
        .status()
        .context("cannot start hoso-desktop")?;
    if !status.success() {
        bail!("the window ended with {status}");
    }
    Ok(())
}
