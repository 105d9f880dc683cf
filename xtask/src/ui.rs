//! The window's page: wasm by cargo, taken apart where `ui/src/parts.rs` says, bindings by the library of the same
//! version as the lock file, static files copied. The result lies in ui/dist and is embedded by the desktop program.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
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
        .input_path(first_part(&wasm, &fresh)?)
        .web(true)?
        // the other parts call the first by them
        .keep_lld_exports(true)
        .demangle(false)
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

/// Takes the page apart: the other parts and their loader go into `dist`, the first one stays beside the whole, for
/// the bindings to be made.
fn first_part(whole: &Path, dist: &Path) -> Result<PathBuf> {
    let first = whole.with_extension("first.wasm");
    let bytes = without_names(&std::fs::read(whole)?)?;
    let mut apart = wasm_split_cli_support::Options::new(&bytes);
    apart.output_dir = dist;
    apart.main_out_path = &first;
    apart.main_module = "./ui.js";
    apart.link_name = "./parts.js";
    wasm_split_cli_support::transform(apart).map_err(|e| anyhow!("{e:#}"))?;
    Ok(first)
}

/// The file without its functions' names, which are as long as all the rest.
fn without_names(whole: &[u8]) -> Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for payload in wasmparser::Parser::new(0).parse_all(whole) {
        let payload = payload?;
        if matches!(&payload, wasmparser::Payload::CustomSection(c) if c.name() == "name") {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let place = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = whole.get(place).context("a section ends in its file")?;
            module.section(&wasm_encoder::RawSection { id, data });
        }
    }
    Ok(module.finish())
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
