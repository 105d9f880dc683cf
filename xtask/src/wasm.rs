//! The compiler for the window's page: rustup's wasm target, or Debian's Rust with a std built
//! from Debian's own sources where rustup's server is out of reach.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::setup::{DEBIAN_WASM, run_packages};
use crate::shell::{cargo, forget_own_package, output, root, run, succeeds, target};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// A compiler that can build for wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    Rustup,
    Debian,
}

/// Finds or prepares the compiler.
pub fn toolchain() -> Result<Toolchain> {
    if rustup_has(TARGET)? {
        return Ok(Toolchain::Rustup);
    }
    if !Path::new(DEBIAN_RUSTC).exists() || !debian_std().is_ok_and(|dir| std_is_there(&dir)) {
        if rustup_adds(TARGET) {
            return Ok(Toolchain::Rustup);
        }
        eprintln!("  rustup's server cannot be reached: preparing Debian's Rust (about a minute)");
        run_packages(DEBIAN_WASM)?;
        build_debian_std()?;
    }
    Ok(Toolchain::Debian)
}

/// Whether rustup's Rust can build for `target` as it is.
pub fn rustup_has(target: &str) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = output(Command::new(rustc).args(["--print", "sysroot"]))?;
    let libraries = Path::new(&sysroot).join("lib/rustlib");
    Ok(std_is_there(&libraries.join(target).join("lib")))
}

/// Asks rustup's server for the target; `false` where it cannot be reached.
pub fn rustup_adds(target: &str) -> bool {
    eprintln!("  {target}: asking rustup");
    succeeds(Command::new("timeout").args(["120", "rustup", "target", "add", target]))
}

fn std_is_there(dir: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(dir) else {
        return false;
    };
    files
        .flatten()
        .any(|f| f.file_name().to_string_lossy().starts_with("libstd-"))
}

fn debian_std() -> Result<PathBuf> {
    let sysroot = output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]))?;
    Ok(Path::new(&sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib"))
}

/// Builds std for wasm from Debian's sources and puts it where Debian's rustc looks for it.
/// `embed-bitcode` because the page is built with `lto`.
fn build_debian_std() -> Result<()> {
    let seed = target().join("wasm-std");
    std::fs::create_dir_all(seed.join("src"))?;
    std::fs::write(
        seed.join("Cargo.toml"),
        "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
    )?;
    std::fs::write(seed.join("src/lib.rs"), "")?;
    run(Command::new(DEBIAN_CARGO)
        .current_dir(&seed)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", seed.join("target"))
        .env_remove("CARGO")
        .args([
            "build",
            "--release",
            "--target",
            TARGET,
            "-Zbuild-std=std,panic_abort",
        ]))?;
    let into = debian_std()?;
    std::fs::create_dir_all(&into)?;
    let built = seed.join("target").join(TARGET).join("release/deps");
    for file in std::fs::read_dir(&built)?.flatten() {
        if file.path().extension().is_some_and(|e| e == "rlib") {
            std::fs::copy(file.path(), into.join(file.file_name()))
                .with_context(|| format!("cannot write to {}", into.display()))?;
        }
    }
    // a new std makes everything built with the old one useless
    let _ = std::fs::remove_dir_all(target_dir());
    ensure!(
        std_is_there(&into),
        "the wasm std did not appear in {}",
        into.display()
    );
    Ok(())
}

/// Two compilers must not share a target folder.
pub fn target_dir() -> PathBuf {
    target().join("wasm")
}

/// `cargo <subcommand>` for the page, with the right compiler.
pub fn cargo_for_page(subcommand: &str) -> Result<Command> {
    let mut command = match toolchain()? {
        Toolchain::Rustup => cargo(),
        Toolchain::Debian => {
            let mut c = debian_cargo();
            c.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
            c
        }
    };
    command
        .env("CARGO_TARGET_DIR", target_dir())
        .arg(subcommand)
        .args(["--package", "hoso-ui", "--target", TARGET]);
    Ok(command)
}

/// Debian's cargo with Debian's compiler, whatever rustup set around this program.
pub fn debian_cargo() -> Command {
    let mut c = Command::new(DEBIAN_CARGO);
    let path = std::env::var("PATH").unwrap_or_default();
    c.current_dir(root())
        .env("PATH", format!("/usr/bin:{path}"))
        .env("RUSTC", DEBIAN_RUSTC)
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    forget_own_package(&mut c);
    c
}

/// Where a page's wasm file lies after `cargo build --profile <profile>`.
pub fn page_wasm(profile: &str, program: &str) -> PathBuf {
    target_dir()
        .join(TARGET)
        .join(profile)
        .join(format!("{program}.wasm"))
}
