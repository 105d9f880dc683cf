//! Lists the printed layouts, so that a form is added by adding its files.
#![allow(
    clippy::print_stdout,
    reason = "cargo reads what a build script prints"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    // asked as it runs: a program built elsewhere may be kept
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where");
    let forms = Path::new(&here).join("../../forms");
    println!("cargo::rerun-if-changed={}", forms.display());
    let mut list = String::from("[\n");
    for path in files(&forms) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".typ") {
            let stem = path
                .strip_prefix(&forms)
                .expect("it lies there")
                .with_extension("");
            let stem = stem.to_string_lossy().replace('\\', "/");
            let path = path.to_string_lossy();
            writeln!(list, "    ({stem:?}, include_str!({path:?})),").expect("a string takes all");
        }
    }
    list.push(']');
    let out = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&out).join("layouts.rs"), list).expect("the folder can be written");
}

/// The files of every folder in `forms`, sorted.
fn files(forms: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("the folder is part of the source");
        entries
            .map(|entry| entry.expect("it can be read").path())
            .collect::<Vec<_>>()
    };
    let folders = list(forms).into_iter().filter(|path| path.is_dir());
    let mut all: Vec<PathBuf> = folders.flat_map(|folder| list(&folder)).collect();
    all.sort();
    all
}
