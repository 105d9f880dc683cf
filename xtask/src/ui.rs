//! The window's page: wasm by cargo, bindings by the library of the same version as the lock file,
//! static files copied. The result lies in ui/dist and is embedded by the desktop program.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::shell::{phase, root, run};
use crate::wasm;

/// How the page is built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Quick to build: for tests, demo and run.
    Develop,
    /// Small: for measurements and packages.
    Ship,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Develop => "dev",
            Profile::Ship => "ui",
        }
    }

    /// Cargo's folder for what the profile makes.
    fn folder(self) -> &'static str {
        match self {
            Profile::Develop => "debug",
            Profile::Ship => "ui",
        }
    }
}

/// The program's page, into `ui/dist`.
pub fn build(profile: Profile) -> Result<()> {
    phase("page", || page("hoso-ui", profile, &root().join("ui/dist")))
}

/// The page of an empty window, the reference of measurements, into `ui/dist-empty`.
pub fn build_empty() -> Result<()> {
    phase("empty page", || {
        page("empty-page", Profile::Ship, &root().join("ui/dist-empty"))
    })
}

fn page(program: &str, profile: Profile, dist: &Path) -> Result<()> {
    run(wasm::cargo_for_page("build")?.args(["--profile", profile.name(), "--bin", program]))?;
    let source = root().join("ui");
    let wasm = wasm::page_wasm(profile.folder(), program);
    let made_of = format!("{} {:?}", profile.name(), wasm.metadata()?.modified()?);
    let unchanged = std::fs::read_to_string(dist.join("made-of")).is_ok_and(|m| m == made_of);
    if unchanged && static_files_are_older(&source, dist)? {
        return Ok(());
    }
    let fresh = dist.with_extension("new");
    let _ = std::fs::remove_dir_all(&fresh);
    std::fs::create_dir_all(&fresh)?;
    Bindgen::new()
        .input_path(&wasm)
        .web(true)?
        .out_name("ui")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&fresh)
        .context("wasm-bindgen")?;
    for name in ["index.html", "start.js"] {
        std::fs::copy(source.join(name), fresh.join(name))?;
    }
    copy_tree(&source.join("style"), &fresh.join("style"))?;
    std::fs::write(fresh.join("made-of"), made_of)?;
    let _ = std::fs::remove_dir_all(dist);
    std::fs::rename(&fresh, dist)?;
    Ok(())
}

fn is_newer(a: &Path, b: &Path) -> bool {
    let time = |p: &Path| p.metadata().and_then(|m| m.modified());
    matches!((time(a), time(b)), (Ok(a), Ok(b)) if a >= b)
}

fn static_files_are_older(source: &Path, dist: &Path) -> Result<bool> {
    let made = dist.join("ui_bg.wasm");
    let mut files = vec![source.join("index.html"), source.join("start.js")];
    for file in std::fs::read_dir(source.join("style"))?.flatten() {
        files.push(file.path());
    }
    Ok(files.iter().all(|f| is_newer(&made, f)))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)?.flatten() {
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy_tree(&file.path(), &target)?;
        } else {
            std::fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}
