//! The Windows program from Linux, and the tests of the crates without a window under wine.
//! Needs mingw and wine, and a compiler for the target: rustup's, or Debian's Rust with its sources
//! where rustup's server is out of reach. Not part of `test`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell::{cargo, phase, root, run, run_lines, target};
use crate::wasm::{self, Toolchain};
use crate::{setup, ui};

const TARGET: &str = "x86_64-pc-windows-gnu";
/// For tokens whose makers have 32-bit modules alone.
const OLD_TARGET: &str = "i686-pc-windows-gnu";
const PACKAGES: &[&str] = &[
    "gcc-mingw-w64-i686",
    "gcc-mingw-w64-x86-64",
    "g++-mingw-w64-x86-64",
    "wine64",
    "wine",
];

/// What is tested under wine: everything below the engine that has no device and no window.
const TESTED: &[&str] = &["hoso-domain", "hoso-store", "hoso-proof"];

pub fn run_windows() -> Result<()> {
    setup::run()?;
    setup::run_packages(PACKAGES)?;
    let (toolchain, old) = (toolchain(TARGET)?, toolchain(OLD_TARGET)?);
    let shim = random_shim()?;
    let mut passed = 0u64;
    let mut failed = 0u64;
    for package in TESTED {
        phase(package, || {
            for program in test_programs(toolchain, package)? {
                let folder = program
                    .parent()
                    .context("a test program lies in a folder")?;
                std::fs::copy(&shim, folder.join("bcryptprimitives.dll"))?;
                let fine = run_lines(
                    Command::new("wine")
                        .env("WINEDEBUG", "-all")
                        .env("CARGO_MANIFEST_DIR", root().join(folder_of(package)))
                        .arg(&program),
                    |line| {
                        let line = line.trim();
                        if line.ends_with("... ok") {
                            passed += 1;
                        } else if line.ends_with("... FAILED") {
                            failed += 1;
                        }
                    },
                )?;
                ensure!(
                    fine || failed > 0,
                    "{} did not run under wine",
                    program.display()
                );
            }
            Ok(())
        })?;
    }
    println!("{passed} passed, {failed} failed");
    ensure!(failed == 0, "not all is well under wine");
    ui::build(ui::Profile::Ship)?;
    phase("hoso-desktop.exe, hoso-token.exe and hoso.exe", || {
        run(windows_cargo(toolchain, TARGET, "build").args([
            "--profile",
            "dist",
            "-p",
            "hoso-desktop",
            "-p",
            "hoso-token",
            "-p",
            "hoso-cli",
            "--bins",
        ]))
    })?;
    phase("hoso-token-x86.exe", || {
        run(windows_cargo(old, OLD_TARGET, "build").args([
            "--profile",
            "dist",
            "-p",
            "hoso-token",
            "--bins",
        ]))?;
        std::fs::copy(
            built(OLD_TARGET).join("hoso-token.exe"),
            built(TARGET).join("hoso-token-x86.exe"),
        )?;
        Ok(())
    })?;
    for program in [
        "hoso-desktop.exe",
        "hoso-token.exe",
        "hoso-token-x86.exe",
        "hoso.exe",
        // the window does not start without it beside the program
        "WebView2Loader.dll",
    ] {
        let path = built(TARGET).join(program);
        let missing = || format!("{} was not built", path.display());
        let size = path.metadata().with_context(missing)?.len();
        eprintln!("  {program}: {} MB", size / 1_000_000);
    }
    eprintln!("look at {}", built(TARGET).display());
    Ok(())
}

/// Where a package of ours lies.
fn folder_of(package: &str) -> String {
    format!("crates/{}", package.trim_start_matches("hoso-"))
}

/// Finds or prepares the compiler.
fn toolchain(target: &str) -> Result<Toolchain> {
    if wasm::rustup_has(target)? || wasm::rustup_adds(target) {
        return Ok(Toolchain::Rustup);
    }
    setup::run_packages(setup::DEBIAN_WASM)?;
    Ok(Toolchain::Debian)
}

fn target_folder() -> PathBuf {
    target().join("windows")
}

/// Where the shipped programs for `target` lie.
fn built(target: &str) -> PathBuf {
    target_folder().join(target).join("dist")
}

fn windows_cargo(toolchain: Toolchain, target: &str, subcommand: &str) -> Command {
    let mut c = match toolchain {
        Toolchain::Rustup => cargo(),
        Toolchain::Debian => wasm::debian_cargo(),
    };
    c.env("CARGO_TARGET_DIR", target_folder())
        .arg(subcommand)
        .args(["--target", target]);
    if toolchain == Toolchain::Debian {
        c.env("RUSTC_BOOTSTRAP", "1")
            .arg("-Zbuild-std=std,panic_unwind");
    }
    c
}

/// The paths of the package's test programs.
fn test_programs(toolchain: Toolchain, package: &str) -> Result<Vec<PathBuf>> {
    let mut programs = Vec::new();
    let mut build = windows_cargo(toolchain, TARGET, "test");
    build.args(["--no-run", "--message-format", "json", "-p", package]);
    let out = build.output().context("cannot start Debian's cargo")?;
    ensure!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    for line in String::from_utf8(out.stdout)?.lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let is_test = message.pointer("/profile/test").and_then(|t| t.as_bool());
        if let (Some(true), Some(path)) =
            (is_test, message.get("executable").and_then(|e| e.as_str()))
        {
            programs.push(path.into());
        }
    }
    Ok(programs)
}

/// Debian's wine lacks one function of Windows; a DLL of our own beside the tests supplies it.
fn random_shim() -> Result<PathBuf> {
    let folder = target().join("windows");
    std::fs::create_dir_all(&folder)?;
    let (source, dll) = (folder.join("shim.c"), folder.join("bcryptprimitives.dll"));
    std::fs::write(
        &source,
        "#include <windows.h>\n#include <ntsecapi.h>\n\
         __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {\n\
         return RtlGenRandom(data, (ULONG)size); }\n",
    )?;
    run(Command::new("x86_64-w64-mingw32-gcc")
        .current_dir(root())
        .args(["-shared", "-o"])
        .args([Path::new(&dll), Path::new(&source)])
        .arg("-ladvapi32"))?;
    Ok(dll)
}
