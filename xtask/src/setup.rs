//! What builds and tests need beyond rustup's Rust: Debian packages and the wasm target.
//! Idempotent: asks what is there first and installs only what is missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{self, cargo, output, phase, succeeds};
use crate::wasm;

/// To build the desktop program.
const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "perl",
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libssl-dev",
    "libdbus-1-dev",
];

/// To run the tests and the headless demo.
const TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "xdotool",
    "dbus-x11",
    "gnome-keyring",
    "openbox",
    "fonts-noto-core",
    "softhsm2",
    "libnss3",
    "libnss3-tools",
    "opensc",
    "opensc-pkcs11",
    "pcscd",
    "vsmartcard-vpcd",
    "libclang-dev",
    "libsqlite3-dev",
    "openssl",
    "unzip",
    "imagemagick",
    "poppler-utils",
    "procps",
    "strace",
    "faketime",
    "iproute2",
    "curl",
];

/// Where rustup's server cannot be reached: Debian's Rust with its own std sources for wasm.
pub const DEBIAN_WASM: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "lld-19",
];

/// Installs what is missing; says so, with the one command to type, where it may not.
pub fn run_packages(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|p| !installed(p)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if output(Command::new("id").arg("-u"))? != "0" {
        bail!(
            "these packages are missing; type:\n\n  sudo apt-get update && sudo apt-get install \
             --no-install-recommends {}\n",
            missing.join(" ")
        );
    }
    shell::run(Command::new("apt-get").arg("update").arg("-q"))?;
    shell::run(
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-q", "--no-install-recommends"])
            .args(&missing),
    )
}

fn installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

pub fn run() -> Result<()> {
    phase("setup", || {
        if succeeds(Command::new("dpkg-query").arg("--version")) {
            run_packages(BUILD)?;
            run_packages(TEST)?;
        } else {
            eprintln!("  not a Debian system: see CONTRIBUTING.md for what must be installed");
        }
        for component in ["rustfmt", "clippy"] {
            let present = succeeds(cargo().args([
                if component == "rustfmt" {
                    "fmt"
                } else {
                    "clippy"
                },
                "--version",
            ]));
            if !present {
                shell::run(Command::new("rustup").args(["component", "add", component]))?;
            }
        }
        wasm::toolchain().map(|_| ())
    })
}
